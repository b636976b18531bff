output "bridge" {
  description = "Everything that the bridge gives out."
  value       = module.bridge
}

output "places" {
  description = "By partner, where to put files for it and where its files arrive; null where there is none."
  value = {
    for name, stream in module.bridge.streams : name => {
      pull = stream.pull == null ? null : "s3://${stream.pull.bucket}/${stream.pull.prefix}"
      push = stream.push == null ? null : "s3://${stream.push.bucket}/${stream.push.prefix}"
    }
  }
}
