#!/usr/bin/env bash
# Makes synthetic speech: English numbers and strings of digits, spoken by espeak-ng in many voices, speeds and pitches,
# in rooms and noise that sox adds. The same arguments give the same recordings.
#   synthesize.sh DIR COUNT TEST_COUNT
# DIR then holds VOICE_TAKE.wav (8 kHz, mono, 16 bit), each with a .txt beside it: COUNT recordings of voices to learn
# from, and TEST_COUNT of the twelve voices of held_out.txt, which are voices of their own.
set -euo pipefail
if (($# != 3)); then
  echo "usage: ${0##*/} DIR COUNT TEST_COUNT" >&2
  exit 2
fi
directory=$1
for tool in espeak-ng sox; do
  command -v "$tool" >/dev/null || {
    echo "error: $tool is not here, which speaks or adds noise. As root, run: apt-get install espeak-ng sox" >&2
    exit 1
  }
done
mkdir -p "$directory"

# plan COUNT SEED VOICES... prints, for each recording, a line: name, voice, words a minute, pitch, reverberation, kind
# of noise, its level in dB below the loudest sample, level of all, where the noise begins, text. Random numbers are
# those of Park and Miller (1988), since each awk has its own.
plan() {
  local count=$1 seed=$2
  shift 2
  awk -v count="$count" -v state="$seed" -v voices="$*" '
    function draw(n) { state = state * 16807 % 2147483647; return int(state / 2147483647 * n) }
    function below_hundred(n) {
      if (n < 20) return small[n + 1]
      return tens[int(n / 10) - 1] (n % 10 ? " " small[n % 10 + 1] : "")
    }
    function below_thousand(n) {
      if (n < 100) return below_hundred(n)
      return small[int(n / 100) + 1] " hundred" (n % 100 ? " and " below_hundred(n % 100) : "")
    }
    function number(n) {
      if (n < 1000) return below_thousand(n)
      return below_thousand(int(n / 1000)) " thousand" (n % 1000 ? (n % 1000 < 100 ? " and " : " ") below_thousand(n % 1000) : "")
    }
    function digits(n,  text) {
      while (n-- > 0) text = text (text ? " " : "") small[draw(10) + 1]
      return text
    }
    BEGIN {
      split("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen " \
            "seventeen eighteen nineteen", small, " ")
      split("twenty thirty forty fifty sixty seventy eighty ninety", tens, " ")
      split("white pink brown", noises, " ")
      voice_count = split(voices, voice, " ")
      for (i = 0; i < 20; ++i) draw(1)
      for (i = 0; i < count; ++i) {
        split("10 100 1000 1000 10000 1000000", limits, " ")
        text = draw(3) == 0 ? digits(1 + draw(5)) : number(draw(limits[draw(6) + 1]))
        v = voice[voice_count < 20 ? i % voice_count + 1 : draw(voice_count) + 1]
        printf "%s_%05d\t%s\t%d\t%d\t%d\t%s\t%d\t%d\t%d\t%s\n", v, i, v, 110 + draw(110), 20 + draw(61), draw(60), \
               noises[draw(3) + 1], 24 + draw(22), 1 + draw(18), draw(20), text
      }
    }'
}

# speak reads lines of a plan.
speak() {
  local name voice speed pitch room noise noise_level level start text samples
  local scratch
  scratch=$(mktemp -d)
  while IFS=$'\t' read -r name voice speed pitch room noise noise_level level start text; do
    espeak-ng -v "$voice" -s "$speed" -p "$pitch" -w "$scratch/said.wav" "$text"
    sox -R -V1 "$scratch/said.wav" -b 16 "$scratch/room.wav" remix - rate 8000 gain -6 reverb "$room" 50 "$room" 0 remix 1 gain -n -1
    samples=$(soxi -s "$scratch/room.wav")
    sox -R -V1 -r 8000 -n -b 16 "$scratch/noise.wav" synth 40 "${noise}noise" trim "$start" "${samples}s" gain "-$noise_level"
    sox -R -V1 -D -m -v 1 "$scratch/room.wav" -v 1 "$scratch/noise.wav" -b 16 "$directory/$name.wav" gain "-$level"
    printf '%s\n' "$text" >"$directory/$name.txt"
  done
  rm -r "$scratch"
}
export -f speak
export directory

accents=(en-gb en-us en-gb-scotland en-gb-x-rp en-gb-x-gbcwmd en-gb-x-gbclan en-029 en-us-nyc)
variants=(Alex Andy Annie AnxiousAndy Diogo Gene Gene2 Henrique Hugo Jacky Lee Mario Michael Mike Nguyen RicishayMax
  RicishayMax2 RicishayMax3 Storm Tweaky adam anika antonio aunty belinda boris caleb ed edward edward2 f1 f2 f3 f5
  grandma gustave iven iven2 iven3 iven4 john kaukovalta klatt klatt2 klatt3 klatt5 m1 m2 m3 m4 m6 m8 marcelo max
  michel miguel norbert pablo paul pedro quincy rob robert sandro shelby steph steph2 steph3 victor zac)
mapfile -t held_out <"$(dirname "${BASH_SOURCE[0]}")/held_out.txt"
voices=()
for accent in "${accents[@]}"; do
  for variant in "${variants[@]}"; do voices+=("$accent+$variant"); done
done

{
  plan "$2" 1 "${voices[@]}"
  plan "$3" 2 "${held_out[@]}"
} | split --number=r/"$(nproc)" --filter='bash -euc speak'
