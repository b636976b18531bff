locals {
  # Known at plan time even where the values aren't, as in ../stream.
  given_marker = flatten([for marker in [lookup(var.given, "marker", null)] : keys(marker) if marker != null])

  patterns = {
    directory   = "^/?[^/\\\\[:cntrl:][:space:]]([^/\\\\[:cntrl:]]{0,253}[^/\\\\[:cntrl:][:space:]])?(/[^/\\\\[:cntrl:][:space:]]([^/\\\\[:cntrl:]]{0,253}[^/\\\\[:cntrl:][:space:]])?)*/?$"
    template    = "^(\\{dir\\}/)?([^{}\\\\[:cntrl:]]|\\{(name|stem|ext|stream|seq(:([1-9]|1[0-5]))?|(now|mtime):(yyyy|yy|MM|dd|HH|mm|ss|[-_.T])+)\\})+$"
    file_marker = "^([^/{}[:cntrl:]]{1,200}\\{(name|stem)\\}[^/{}[:cntrl:]]{0,200}|\\{(name|stem)\\}[^/{}[:cntrl:]]{1,200})$"
  }
}

# Only where the user asks for it: a plan of hundreds of streams has no time for modules that do nothing.
module "pgp" {
  count  = var.push.pgp == null ? 0 : 1
  source = "../pgp"

  given  = var.push.pgp
  pgp    = var.push.pgp
  stream = var.stream
}
