#!/usr/bin/env bash
# Trains a character model in several processes: the same model to the byte as one process, whatever stops it on the way.
# Called by ctest: tests/mpi/character_model.sh PROGRAM MPIRUN
set -euo pipefail

program=$1 mpirun=$2
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

for ((i = 0; i < 2000; ++i)); do printf 'line %d of a text\n' $((i * i % 997)); done >text

# train PROCESSES MODEL FLAGS... in so many processes; 0 is without mpirun.
train() {
  local -a start=("$mpirun" -n "$1")
  (($1 > 0)) || start=()
  exec "${start[@]}" "$program" train --text text --model "$2" --hidden 24 --dropout 0.2 --layers 2 --k1 8 --k2 16 \
    --batch 8 --parts 5 --characters 100000 --evaluate-every 30000 --json "${@:3}" >"$2.out" 2>"$2.err"
}

(train 0 whole --threads 1) || fail "one process: $(cat whole.err)"
for processes in 1 2 4; do
  (train $processes "of$processes" --threads $((1 + processes % 2))) || fail "$processes processes: $(cat "of$processes.err")"
  cmp whole "of$processes" || fail "$processes processes make another model than one"
done
(($(wc -l <of4.out) == 1)) || fail "more than the first process prints: $(cat of4.out)"

# Waits until the training of a job has saved a checkpoint after the file `since` was made.
await_checkpoint() {
  until [[ checkpoint -nt since ]]; do
    kill -0 "$1" 2>/dev/null || fail "the training ended before it had saved a checkpoint: $(cat stopped.err)"
    sleep 0.02
  done
}

# The signal reaches one process, and ends all after the same update.
touch since
train 3 stopped --checkpoint checkpoint --checkpoint-every 0.01 &
await_checkpoint $!
pkill -TERM -n -P $! || fail "no process to stop"
code=0
wait $! || code=$?
((code != 0)) || fail "a training that a signal has ended ends with 0"
grep -q "SIGTERM: the update is finished; saving a checkpoint" stopped.err || fail "no word of the signal: $(cat stopped.err)"

# A process that dies ends the others within seconds, and the checkpoint is whole.
sleep 0.02
touch since
train 2 stopped --resume checkpoint --checkpoint-every 0.01 &
await_checkpoint $!
pkill -KILL -n -P $! || fail "no process to kill"
begin=$SECONDS
wait $! && fail "a training whose process was killed ends with 0"
((SECONDS - begin < 10)) || fail "the others ended after $((SECONDS - begin)) s"

(train 4 stopped --resume checkpoint) || fail "resumed: $(cat stopped.err)"
cmp whole stopped || fail "stopped and resumed with other numbers of processes makes another model"

# An error that all processes have is told once.
(train 3 other --hidden 0) && fail "a wrong option is let pass"
(($(grep -c "error: --hidden" other.err) == 1)) || fail "expected one message: $(cat other.err)"

(train 2 fast --reduce fast) || fail "--reduce fast: $(cat fast.err)"
printf 'the same model, to the byte, from 1, 2 and 4 processes, stopped, killed and resumed\n'
