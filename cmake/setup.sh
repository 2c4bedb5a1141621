# shellcheck shell=bash disable=SC2034
# For ./examples/run, ./tests/run and .ci/run: the packages of Debian 12, and functions that install and build. Source
# it: it defines lists and functions, and does nothing by itself.

# Each package with its use.
build_packages=(
  g++                  # the compiler: GCC 12
  cmake ninja-build    # the build
  pkgconf              # finds libraries by pkg-config file; the install test uses unroll's own
  libxtensor-dev       # the arrays that users bring and take; brings xtl
  libxsimd-dev         # SIMD in `map`
  libopenblas-dev      # matrix products, through cblas.h
  libfmt-dev           # text of errors and programs
  nlohmann-json3-dev   # headers of model files
  zlib1g-dev           # checksums of model files, and compressed images that a task learns from
  libpng-dev           # pictures that a task classifies
  libssl-dev           # SHA-256 of the data that a training checkpoint belongs to
  libcli11-dev         # help pages of the programs
  libcsv-dev libsmf-dev # tables and MIDI files that the tasks learn from
  libkissfft-dev       # the spectra of sounds (BSD; fftw is under the GPL)
)
test_packages=(
  catch2               # the tests' framework
  libtinyxml2-dev      # whether pages are well-formed
  libutfcpp-dev        # whether texts are UTF-8
  libopenmpi-dev openmpi-bin # training in several processes
)
corpus_packages=(bible-kjv bible-kjv-text) # the default book: the King James Bible, and the program that prints it
# The format check, the second compiler and its fuzzer, and the HTML reference.
ci_packages=(clang-format clang-16 libclang-rt-16-dev doxygen)

say() { printf '%s\n' "$*" >&2; }
fail() {
  say "error: $*"
  exit 1
}

# missing_packages NAME... prints those that are not installed. Without dpkg that is all of them.
missing_packages() {
  local package status
  for package in "$@"; do
    status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) || status=absent
    [[ $status == installed ]] || printf '%s\n' "$package"
  done
}

# install_packages NAME... installs those that are missing, with apt, as root or with sudo. Does nothing, and needs no
# rights, when all are installed.
install_packages() {
  local -a missing as_root=()
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]} > 0)) || return 0
  command -v apt-get >/dev/null ||
    fail "apt-get is not here: this script knows Debian 12. Install what these packages hold, then run cmake as README.md says: ${missing[*]}"
  if (($(id -u) != 0)); then
    command -v sudo >/dev/null ||
      fail "packages are missing, you are not root, and there is no sudo. As root, run: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  say "Installing with apt: ${missing[*]}"
  # sudo drops the environment, so the setting goes through env.
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q update >&2 ||
    say "warning: 'apt-get update' failed (no network, or sudo refused?); trying with the package lists that are here"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "${missing[@]}" >&2 ||
    fail "apt could not install the packages (see above). Once they are there, run this again: ${missing[*]}"
}

# At most two jobs: one compilation takes up to 1 GB of memory.
jobs() { echo "${CMAKE_BUILD_PARALLEL_LEVEL:-$(($(nproc) < 2 ? 1 : 2))}"; }

# build FOLDER TARGET... builds the targets in a configured folder.
build() {
  local folder=$1
  shift
  cmake --build "$folder" --parallel "$(jobs)" --target "$@" >&2 || fail "the build in $folder failed (see above)"
}
