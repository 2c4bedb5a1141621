#!/usr/bin/env bash
# Runs cmake/setup.sh and examples/run where every command that they call is a stand-in which writes down how it was
# called, or is absent.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
world=$(mktemp -d)
trap 'rm -rf "$world"' EXIT
failures=0

# stand_in NAME SCRIPT makes a command; without SCRIPT it succeeds. Every call is written to $world/calls.
stand_in() {
  printf '#!/bin/bash\necho "%s $*" >>"%s/calls"\n%s\n' "$1" "$world" "${2-}" >"$world/bin/$1"
  chmod +x "$world/bin/$1"
}
# A new world: an ordinary user of a machine where only the packages given are installed.
new_world() {
  rm -rf "${world:?}"/*
  mkdir "$world/bin"
  touch "$world/calls"
  local tool
  for tool in bash env dirname basename sed wc mv mkdir nproc; do ln -s "$(command -v "$tool")" "$world/bin/$tool"; done
  stand_in id 'echo 1000'
  stand_in dpkg-query "case ' $* ' in *\" \${@: -1} \"*) printf installed ;; *) exit 1 ;; esac"
}
run() { output=$(cd "$world" && PATH=$world/bin bash "$@" 2>&1); status=$?; }
install() { run -c "set -eu; source '$root/cmake/setup.sh'; install_packages $*; echo went on"; }
expect() { # expect WHAT STATUS TEXT: the last run ended so, and printed this
  [[ $status == "$2" && $output == *"$3"* ]] && return
  printf 'FAILED: %s\n  expected status %s and: %s\n  got status %s and: %s\n' "$1" "$2" "$3" "$status" "$output"
  failures=$((failures + 1))
}
expect_calls() { # expect_calls WHAT CALLS: the commands that changed something, in order
  local calls
  calls=$(grep -vE '^(id|dpkg-query) ' "$world/calls")
  [[ $calls == "$2" ]] && return
  printf 'FAILED: %s\n  expected the calls:\n%s\n  got:\n%s\n' "$1" "$2" "$calls"
  failures=$((failures + 1))
}

new_world cmake g++
stand_in apt-get
install cmake g++
expect "nothing is missing" 0 "went on"
expect_calls "nothing is missing: apt is left alone" ""

new_world cmake
install cmake g++ ninja-build
expect "no apt" 1 "apt-get is not here: this script knows Debian 12."
expect "no apt: the packages are named" 1 "g++ ninja-build"

new_world
stand_in apt-get
install cmake g++
expect "not root, no sudo" 1 "there is no sudo. As root, run: apt-get install cmake g++"
expect_calls "not root, no sudo: apt is left alone" ""

new_world
stand_in apt-get
stand_in sudo 'exit 1'
install cmake
expect "sudo refuses" 1 "apt could not install the packages (see above). Once they are there, run this again: cmake"

new_world g++
stand_in apt-get
stand_in sudo 'exec "$@"'
install cmake g++
expect "with sudo" 0 "Installing with apt: cmake"
expect_calls "with sudo: exactly what is missing" \
  "sudo env DEBIAN_FRONTEND=noninteractive apt-get -q update
apt-get -q update
sudo env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends cmake
apt-get -q install -y --no-install-recommends cmake"

new_world
stand_in id 'echo 0'
stand_in apt-get
install cmake
expect_calls "root: no sudo" "apt-get -q update
apt-get -q install -y --no-install-recommends cmake"

# A world in which everything is installed and built, and `bible` prints a book of $1 bytes without its references.
built_world() {
  new_world
  stand_in dpkg-query 'printf installed'
  stand_in cmake
  printf 'Ge1:1 %s\n' "$(head -c $(($1 - 1)) /dev/zero | tr '\0' a)" >"$world/book"
  ln -s "$(command -v cat)" "$world/bin/cat"
  stand_in bible "cat '$world/book'"
  mkdir -p "$world/examples" "$world/cmake" "$world/build/bin"
  touch "$world/build/CMakeCache.txt"
  cp "$root/examples/run" "$world/examples"
  local task
  for task in "$root"/examples/*/task.sh; do
    task=$(basename "$(dirname "$task")")
    mkdir "$world/examples/$task"
    cp "$root/examples/$task/task.sh" "$world/examples/$task"
  done
  cp "$root/cmake/setup.sh" "$world/cmake"
  stand_in character_model
  mv "$world/bin/character_model" "$world/build/bin"
}
program_calls() { grep -E '^character_model ' "$world/calls" | sed "s|$world/||g"; }
expect_program() {
  [[ $(program_calls) == "$2" ]] && return
  printf 'FAILED: %s\n  expected:\n%s\n  got:\n%s\n%s\n' "$1" "$2" "$(program_calls)" "$output"
  failures=$((failures + 1))
}

built_world 4137850
run "$world/examples/run" --cell gru
expect "the default" 0 "Making the default corpus"
expect_program "the default" "character_model train --model build/bible.safetensors --force --text build/bible.txt --cell gru
character_model evaluate --model build/bible.safetensors --text build/bible.txt --validation 0.05
character_model generate --model build/bible.safetensors --length 500"
[[ $(wc -c <"$world/build/bible.txt") == 4137850 ]] || { echo "FAILED: references are not stripped"; failures=$((failures + 1)); }
: >"$world/calls"
run "$world/examples/run"
[[ $output != *"Making"* ]] || { echo "FAILED: the corpus is made twice"; failures=$((failures + 1)); }
expect_calls "a second run: no apt, no new corpus" "$(grep -E '^(cmake|character_model) ' "$world/calls")"

built_world 4137851
run "$world/examples/run"
expect "another edition" 1 "the corpus has 4137851 bytes, expected 4137850"
expect_program "another edition: no training" ""

built_world 4137850
run "$world/examples/run" --text "my book.txt" --model=other.safetensors
expect_program "a text and a model of one's own" \
  "character_model train --text my book.txt --model=other.safetensors
character_model evaluate --model other.safetensors --text my book.txt --validation 0.05
character_model generate --model other.safetensors --length 500"
[[ ! -e $world/build/bible.txt ]] || { echo "FAILED: the corpus was made for nothing"; failures=$((failures + 1)); }

built_world 4137850
run "$world/examples/run" --validation 0 --text a.txt --model b
expect_program "nothing held out" "character_model train --validation 0 --text a.txt --model b
character_model generate --model b --length 500"

built_world 4137850
run "$world/examples/run" --json --text a.txt --model b
expect_program "one object is all" "character_model train --json --text a.txt --model b"

built_world 4137850
run "$world/examples/run" --hidden 64 --help
expect_program "help" "character_model train --help"

built_world 4137850
printf '#!/bin/bash\nexit 130\n' >"$world/build/bin/character_model"
run "$world/examples/run"
expect "an interrupted training ends the run with its own status" 130 "Training"

built_world 4137850
stand_in cmake 'echo "no such generator"; exit 1'
run "$world/examples/run"
expect "cmake fails" 1 "no such generator"

built_world 1
run "$world/examples/run" list
expect "a list of tasks" 0 "character_model "
for task in "$root"/examples/*/task.sh; do
  expect "a list of tasks" 0 "$(basename "$(dirname "$task")") "
done
expect_calls "a list of tasks: nothing is built" ""

built_world 1
run "$world/examples/run" tea --cell gru
expect "an unknown task" 1 "there is no task 'tea', expected one of: character_model"

# A world in which npm has a package with the tables of time_series. The task expects the sum of that package,
# or of the file given.
npm_world() {
  built_world 1
  local tool
  for tool in tar gzip sha256sum rm; do ln -s "$(command -v "$tool")" "$world/bin/$tool"; done
  mkdir -p "$world/made/package/data"
  echo "date,temp_max" >"$world/made/package/data/seattle-weather.csv"
  tar -czf "$world/made.tgz" -C "$world/made" package
  stand_in npm "$(command -v cp) '$world/made.tgz' vega-datasets-3.2.1.tgz"
  local sum
  sum=$(sha256sum "${1:-$world/made.tgz}" | cut -d ' ' -f 1)
  sed -i "s/^vega=.*/vega=(vega-datasets 3.2.1 $sum)/" "$world/examples/time_series/task.sh"
  stand_in time_series
  mv "$world/bin/time_series" "$world/build/bin"
}
task_calls() { grep -E '^(npm|time_series) ' "$world/calls" | sed "s|$world/||g" | cut -d ' ' -f 1-6; }

npm_world
run "$world/examples/run" time_series
expect "a task with data of npm's" 0 "Getting vega-datasets 3.2.1"
run "$world/examples/run" time_series
[[ $output != *Getting* ]] || { echo "FAILED: the data is fetched twice"; failures=$((failures + 1)); }
[[ $(task_calls | head -2) == "npm pack --silent --ignore-scripts vega-datasets@3.2.1
time_series train --data build/data/vega-datasets-3.2.1/data/seattle-weather.csv --model build/time_series-weather.safetensors" ]] ||
  { printf 'FAILED: time_series is called so:\n%s\n%s\n' "$(task_calls)" "$output"; failures=$((failures + 1)); }

npm_world "$root/examples/run"
run "$world/examples/run" time_series
expect "another package than that of the sum" 1 "is not the package that this task was made with: its SHA-256 is another"
[[ -z $(task_calls | grep -v '^npm') ]] || { echo "FAILED: trained on another package"; failures=$((failures + 1)); }

npm_world "$root/examples/run"
stand_in npm 'exit 1'
run "$world/examples/run" time_series
expect "npm without a network" 1 "npm could not get vega-datasets 3.2.1"

npm_world "$root/examples/run"
run "$world/examples/run" time_series tides
expect "data that a task does not have" 1 "time_series has no data 'tides', expected weather, sunspots or stocks"

((failures == 0)) && echo "all as expected"
exit $((failures > 0))
