output "bridge" {
  description = "Everything that the bridge gives out."
  value       = module.bridge
}

output "daily_reports" {
  description = "Where the daily report of each stream is, in a folder of its name."
  value       = "s3://${module.reports.name}/daily/"
}

output "places" {
  description = "By stream, where to put files for the partner and where the partner's files arrive."
  value = {
    for name, stream in module.bridge.streams : name => {
      pull = "s3://${stream.pull.bucket}/${stream.pull.prefix}"
      push = "s3://${stream.push.bucket}/${stream.push.prefix}"
    }
  }
}
