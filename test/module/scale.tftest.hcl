# Hundreds of streams: one function, one queue, one table, one permission, and policies that IAM takes.
mock_provider "aws" {
  source = "./test/module/mocks"
}

variables {
  name = "partner-files"
}

run "names_of_500_streams" {
  command = plan
  module { source = "./test/module/fixtures/many" }
  variables {
    count_of_streams = 500
  }
}

run "a_bridge_of_500_streams" {
  command = plan
  variables {
    streams = run.names_of_500_streams.own_bucket
  }

  assert {
    condition     = length(output.streams) == 500
    error_message = "Streams were lost."
  }
}
