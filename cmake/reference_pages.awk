# What Doxygen 1.9 reads in place of a page, line by line: it knows no anchors of headings, and takes no folder and no
# header for the target of a link. `root` is the folder of the project, with a slash.

# "models/README.md" of "../models/README.md" in framework/README.md.
function path_of(target, path) {
  path = folder target
  while (sub(/[^\/]+\/\.\.\//, "", path)) {}
  sub(/\/\.$/, "", path)
  return path
}

# An anchor that no other page has.
function anchor_of(page, anchor) {
  sub(/\.md$/, "", page)
  gsub(/[^A-Za-z]/, "_", page)
  return page "_" anchor
}

# As code hosts make them.
function anchor_of_heading(heading) {
  sub(/^#+ +/, "", heading)
  heading = tolower(heading)
  gsub(/[^a-z0-9 _-]/, "", heading)
  gsub(/ /, "-", heading)
  return anchor_of(page, heading)
}

function linked(text, target, parts) {
  if (target ~ /^https?:/) return "[" text "](" target ")"
  split(target, parts, "#")
  if (parts[2] != "") return "[" text "](@ref " anchor_of(parts[1] == "" ? page : path_of(parts[1]), parts[2]) ")"
  if (target ~ /\.md$/) return "[" text "](" target ")"
  gsub(/[<>]/, "\\\\&", text)
  if (target ~ /\.hpp$/ && path_of(target) ~ /^(framework|ops|models)/) return "[" text "](@ref " path_of(target) ")"
  return text
}

function with_links(line, done, bracket) {
  while (match(line, /\[[^][]+\]\([^() ]+\)/)) {
    bracket = index(substr(line, RSTART), "](") + RSTART - 1
    done = done substr(line, 1, RSTART - 1) linked(substr(line, RSTART + 1, bracket - RSTART - 1), substr(line, bracket + 2, RSTART + RLENGTH - bracket - 3))
    line = substr(line, RSTART + RLENGTH)
  }
  return done line
}

NR == 1 {
  page = substr(FILENAME, length(root) + 1)
  folder = page
  sub(/[^\/]*$/, "", folder)
}
/^```/ { in_code = !in_code }
in_code || /^(```|    )/ { print; next }
NR > 1 && /^#+ / { print $0 " {#" anchor_of_heading($0) "}"; next }
{ print with_links($0) }
