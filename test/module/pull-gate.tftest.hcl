# pull.gate: who says whether a file may be seen in S3.
variables {
  given  = {}
  stream = "acme"
}

