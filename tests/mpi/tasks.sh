#!/usr/bin/env bash
# Trains a task in several processes, and from a checkpoint: the same model to the byte as one process in one go.
# Called by ctest: tests/mpi/tasks.sh PROGRAM MPIRUN TABLE, of time_series with the table of sunspots
set -euo pipefail

program=$1 mpirun=$2 table=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# train PROCESSES MODEL FLAGS... in so many processes; 0 is without mpirun.
train() {
  local -a start=("$mpirun" -n "$1")
  (($1 > 0)) || start=()
  "${start[@]}" "$program" train --data "$table" --target sunspots --horizon 2 --parts 3 --model "$2" --json "${@:3}" \
    >"$2.out" 2>"$2.err" || fail "$*: $(cat "$2.err")"
}

train 0 whole --epochs 20
for processes in 1 2 3; do
  train $processes "of$processes" --epochs 20
  cmp whole "of$processes" || fail "$processes processes make another model than one"
  [[ $(sed 's/"seconds":[^,]*//' "of$processes.out") == $(sed 's/"seconds":[^,]*//' whole.out) ]] ||
    fail "$processes processes print $(cat "of$processes.out"), and one $(cat whole.out)"
done

# What a budget has ended goes on with a larger one; the schedule must not follow the budget for the same bytes.
train 0 straight --epochs 20 --schedule constant
train 2 halfway --epochs 10 --schedule constant --checkpoint checkpoint
train 3 halfway --epochs 20 --schedule constant --resume checkpoint
cmp straight halfway || fail "a training that was resumed makes another model"
