# shellcheck shell=bash disable=SC2034,SC2154
# The task speech: ./examples/run speech [FLAG ...]; with --data DIR on recordings of your own
task_packages=(
  espeak-ng # speaks
  sox       # adds rooms and noise
)
task_rows=(
  "speech|synthetic: 8600 spoken numbers|10 min|4.4 % of words wrong after 6 min; most frequent text: 95 %"
)

run_task() {
  local model=$build/speech.safetensors page=$build/speech.html data
  data=$(value_of --data "$@")
  local -a how=()
  if [[ -z $data ]]; then
    data=$build/data/synthetic-speech
    if [[ ! -d $data ]]; then
      say "Making synthetic speech"
      "$root/examples/speech/synthesize.sh" "$data.part" 8000 600
      mv "$data.part" "$data"
    fi
    how=(--data "$data" --test-speakers "$(paste -sd, "$root/examples/speech/held_out.txt")" --expect 8)
  fi
  say "Training"
  "$program" train --model "$model" --force --page "$page" "${how[@]}" "$@"
  [[ " $* " != *" --json "* ]] || return 0  # one object is all that was asked for
  local recording
  if ((${#how[@]} > 0)); then
    say "What one of the held-out voices says"
    for recording in "$data"/en-gb+f4_*0.wav; do break; done
    cat "${recording%.wav}.txt"
    "$program" transcribe "$recording" --model "$model"
  fi
  say "Look at $page"
}
