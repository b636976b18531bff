locals {
  patterns = {
    bucket          = "^[a-z0-9]([a-z0-9-]|\\.[a-z0-9]){1,61}[a-z0-9]$"
    reserved_bucket = "^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\\.mrap|--x-s3|--table-s3)$|^[0-9]{1,3}(\\.[0-9]{1,3}){3}$"
    address         = "^(s3:|arn:|https?:)"
    key_arn         = "^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$"
    pattern         = "^[^/](.*[^/])?$"
    # replace() takes a string between slashes as a regular expression: a value that may be an address with a password or a
    # signature in it, or a pasted key, isn't shown (in each message anew: a local that reads the variable would be a circle).
    # Neither is what is longer than a place may be; by length(), since a pattern that counts to 577 takes long to compile.
    secret = "/(?s)^.*(@|[?&=]|:/|-----).*$/"
    home   = "/^/?(~[^/]*|\\$\\{?[A-Za-z_]+\\}?|%[A-Za-z_]+%)/?/"
    # an escaped character, or a class such as [a-z] or [!]].
    escape_or_class = "/\\\\.|\\[[!^]?\\]?[^\\]]*\\]/"
    # What may be left after that: balanced braces, three deep.
    closed = "^(\\{(\\{(\\{\\})*\\})*\\})*$"

    not_shown = "(not shown, as it may have a secret in it)"
  }

  # The bucket, and the folders below it.
  path = split("/", trimsuffix(var.location.s3 == null ? var.default_s3 : var.location.s3, "/"))

  directory = var.location.sftp == "/" ? "/" : trimsuffix(var.location.sftp, "/")
}
