locals {
  # Known at plan time even where the values aren't, as in ../stream.
  given_keys = try(keys(var.given), ["(not an object)"])

  name_pattern = "^[^{}/[:cntrl:]]*\\{seq(:([1-9]|1[0-5]))?\\}[^{}/[:cntrl:]]*$"

  # What names end in, behind the last of what may be anything.
  ending = regex("[^*}]*$", var.sequence.name)
}
