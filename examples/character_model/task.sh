# shellcheck shell=bash disable=SC2034,SC2154
# The character model: ./examples/run [FLAG ...] learns the King James Bible, ./examples/run character_model headers
# [FLAG ...] the headers of Linux, and --text FILE whatever you give.
task_packages=()
task_rows=(
  "character_model|the King James Bible, 4.1 MB|2 min|1.18 nats a character"
  "character_model headers|C: /usr/include/linux, 4.7 MB|2 min|1.60 nats a character"
)
corpus=$build/bible.txt
corpus_bytes=4137850 # of Debian 12's bible-kjv-text

# The whole book without the reference that begins each line: "Ge1:1 In the beginning ..."
make_corpus() {
  [[ -f $corpus ]] && return
  say "Making the default corpus, the King James Bible: $corpus"
  bible -f gen1:1-rev22:21 | sed 's/^[^ ]* //' >"$corpus.part" || fail "'bible' could not print the book"
  local bytes
  bytes=$(wc -c <"$corpus.part")
  ((bytes == corpus_bytes)) ||
    fail "the corpus has $bytes bytes, expected $corpus_bytes: this is another edition than Debian 12's bible-kjv-text. Give a text of your own: --text FILE"
  mv "$corpus.part" "$corpus"
}

# C as it is written: headers that come with every compiler, one behind the other.
make_headers() {
  [[ -f $headers ]] && return
  say "Making a text of /usr/include/linux: $headers"
  find /usr/include/linux -name '*.h' -print0 | sort --zero-terminated | xargs --null cat >"$headers.part"
  mv "$headers.part" "$headers"
}

run_task() {
  local text model name validation
  if [[ ${1-} == headers ]]; then
    shift
    local headers=$build/linux_headers.txt
    make_headers
    set -- --text "$headers" --model "$build/linux_headers.safetensors" --force "$@"
  elif [[ -n ${1-} && $1 != -* ]]; then
    fail "character_model has no text '$1', expected headers, or flags: --text FILE"
  fi
  text=$(value_of --text "$@")
  model=$(value_of --model "$@")
  local -a arguments=("$@")
  if [[ -z $text ]]; then
    install_packages "${corpus_packages[@]}"
    make_corpus
    text=$corpus
    arguments=(--text "$text" "${arguments[@]}")
  fi
  if [[ -z $model ]]; then
    name=$(basename "${text%.*}")
    model=$build/${name/#-/standard_input}.safetensors
    arguments=(--model "$model" --force "${arguments[@]}")  # a run before may have left one
  fi

  say "Training"
  "$program" train "${arguments[@]}"
  [[ " $* " != *" --json "* ]] || return 0  # one object is all that was asked for
  validation=$(value_of --validation "$@")
  if [[ $text != - && ! $validation =~ ^0+\.?0*$ ]]; then  # there is a text to read again, and some was held out
    say "Evaluating"
    "$program" evaluate --model "$model" --text "$text" --validation "${validation:-0.05}"
  fi
  say "Writing"
  "$program" generate --model "$model" --length 500
}
