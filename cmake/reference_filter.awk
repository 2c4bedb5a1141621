# What Doxygen reads in place of a header, line by line, so that line numbers stay: our habits in Doxygen's words.
#   * Doxygen 1.9 does not read `namespace unroll::inline v0`.
#   * A docstring right above the namespace is about the file. Every file has a page.
#   * A docstring holds for the overloads below it that have none. (Doxygen itself has it hold for a group, @{ to @}.)
#   * A comment behind a declaration is its docstring, where it has no other.
#   * What a concept asks for is described at the concept: models of it need not repeat it.
#   * <cmath> is no HTML, and "et al." does not end a sentence.

function is_doc(line) { return line ~ /^ *\/\/\// }

function text_of(line) { sub(/^ *\/\/\/ ?/, "", line); return line }

# Without literals and without the comment behind it.
function code_of(line) {
  gsub(/"([^"\\]|\\.)*"/, "\"\"", line)
  gsub(/'.'/, "0", line)
  sub(/ *\/\/.*$/, "", line)
  return line
}

function comment_behind(line) { return match(line, /[^ ] +\/\/ .*$/) ? substr(line, index(line, "// ") + 3) : "" }

# The name of the function that is declared from this line on, or nothing.
function name_of(i, line, last) {
  for (last = i + 4; i < last && i <= NR; ++i) {
    line = code_of(lines[i])
    if (line ~ /^ *(template|requires .*[^(]$)/) continue
    if (!match(line, /(operator *[^A-Za-z (]+|operator\(\)|[A-Za-z_0-9]+)\(/)) return ""
    return substr(line, RSTART, RLENGTH)
  }
  return ""
}

function described_elsewhere(code) {
  if (code ~ /void members\(/) return "Names its parameters and parts: see Module."
  if (code ~ /void visit_variables\(/) return "Visits the Variables of the state: see CompositeState."
  if (code ~ /void for_each_state\(/) return "Calls `visit(name, value)` for what must be kept to go on exactly."
  if (code ~ /operator(=|==|!=|<=|>=)\(/) return "As for any value."
  if (code ~ /using Options = /) return "What its constructor takes."
  if (code ~ /using State = /) return "What it carries from step to step."
  if (code ~ / hidden_size\(\) const/) return "H, how wide the hidden state is."
  if (code ~ / initial_state\(/) return "The state before the first step: see unroll::initial_state."
  if (code ~ / project\(Variable/) return "The part of the steps that does not depend on the state: see RecurrentCell."
  if (code ~ / step\(/) return "One step: see RecurrentCell."
  if (code ~ / around\(/) return "Runs what it holds over a whole sequence."
  if (code ~ / run\(const SequenceBatch/) return "Runs over a batch of sequences: see unroll::run."
  if (code ~ /\) -> [A-Z]/) return "Deduces the template arguments."
  return ""
}

# A line of a docstring: what stands in < > is no HTML, and "et al." does not end the first sentence.
function escaped(line) {
  gsub(/ al\. /, " al.\\ ", line)
  while (match(line, /[^\\`]<[a-z]+>/))
    line = substr(line, 1, RSTART) "\\" substr(line, RSTART + 1, RLENGTH - 2) "\\" substr(line, RSTART + RLENGTH - 1)
  return line
}

# Whether the docstring that begins on line i is the file's.
function is_of_file(i) {
  if (!is_doc(lines[i])) return 0
  while (i <= NR && (is_doc(lines[i]) || lines[i] == "")) ++i
  return lines[i] ~ /^namespace unroll/
}

function print_doc(i) {
  if (lines[i] !~ /^ *\/\/\/     /) lines[i] = escaped(lines[i])
  if (lines[i] ~ /@[{}]$/) in_group = lines[i] ~ /@[{]$/
  else block = (i > 1 && is_doc(lines[i - 1]) ? block " \\ilinebr " : "") text_of(lines[i])
  documented = 1
  print lines[i]
}

# The docstring of an undocumented declaration that begins here, or nothing.
function docstring(i, code, comment, name) {
  comment = code ~ /[;,}]$/ ? comment_behind(lines[i]) : ""
  if (comment != "") return comment
  name = name_of(i)
  if (in_group) return ""
  if (name != "" && (depth, name) in blocks) return blocks[depth, name]
  if (code !~ /[;{}]$/) code = code code_of(lines[i + 1])
  return described_elsewhere(code)
}

function print_code(i, code, said) {
  code = code_of(lines[i])
  if (begins) {
    base = depth
    record = 0
    if (documented) {
      blocks[depth, name_of(i)] = block
    } else if (code !~ /^ *[}]/) {
      said = docstring(i, code)
    }
  }
  print (said == "" ? "" : "/** " said " */ ") lines[i]
  if (code ~ /^ *(struct|class|enum|union|namespace)/) record = 1
  depth += gsub(/[{(]/, "&", code) - gsub(/[})]/, "&", code)
  begins = depth <= base && code ~ /[;}]$/ || enumerators && depth == base && code ~ /,$/
  if (record && code ~ /[{]$/) {
    for (key in blocks) if (key + 0 >= depth) delete blocks[key]  # of another scope of this depth
    begins = 1
    enumerators = code ~ /^ *enum/
  }
  if (begins) documented = 0
}

{ lines[NR] = $0 }

END {
  begins = 1  # a declaration, on the next line of code
  depth = 0
  for (number = 1; number <= NR; ++number) {
    sub(/^namespace unroll::inline v0/, "namespace unroll", lines[number])
    if (is_doc(lines[number])) print_doc(number)
    else if (lines[number] ~ /^ *\/\// || lines[number] ~ /^#/) print lines[number]
    else if (lines[number] == "" && is_of_file(number + 1)) print "/// @file"
    else if (number == 2 && lines[2] == "") print "/** @file */"
    else if (lines[number] == "" || lines[number] ~ /^ *(public|private|protected):/) {
      documented = 0
      print lines[number]
    } else print_code(number)
  }
}
