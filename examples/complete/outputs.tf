output "bridge" {
  description = "Everything that the bridge gives out."
  value       = module.bridge
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
