locals {
  # Known at plan time even where the values aren't, as in ../stream.
  given_keys = try(keys(var.given), ["(not an object)"])

  name_pattern = "^[^{}/[:cntrl:]]*\\{seq(:([1-9]|1[0-5]))?\\}[^{}/[:cntrl:]]*$"

  # The greatest that JavaScript counts on from; the function's lambda/src/config/sequence.ts has it as well.
  greatest = 9007199254740990

  # What names end in, behind the last of what may be anything.
  ending = regex("[^*}]*$", var.sequence.name)
}
