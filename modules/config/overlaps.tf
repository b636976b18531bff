# What two streams may not share. Two pushes may take from one place (an object then goes to several partners), and a
# push may take from where another stream's pull puts (a relay); all else that overlaps would send files twice, back, or
# over each other. Streams whose `include` patterns end differently ("*.csv", "*.xml") never see the same file.
locals {
  partners = {
    for name, stream in local.streams : name => "${stream.config.sftp.username}@${stream.config.sftp.host}:${stream.config.sftp.port}"
  }

  # Markers are files of a stream as well: two streams that share one would take it from each other. `{name}` ends as the files do.
  markers = {
    for name, stream in local.streams : name => {
      pull = flatten([for pull in stream.config.pull[*] : pull.ready[*].marker])
      push = flatten([for push in stream.config.push[*] : push.marker[*].name])
    }
  }
  marker_ends = {
    for name, stream in local.streams : name => {
      for side, templates in local.markers[name] : side => flatten([
        for template in templates : [
          for end in length(stream.config[side].include) == 0 ? [""] : [for pattern in stream.config[side].include : regex(local.end_pattern, pattern)] :
          reverse(split("{stem}", replace(template, "/^.*\\{name\\}/", end)))[0]
        ]
      ])
    }
  }

  # Ends of names: what follows the last wildcard of each pattern. Without patterns it is the end that every name has. A template
  # (`push.name`, `pull.name`) ends names as the files do with {name} or {ext}, in its own way with text, and in no known way otherwise.
  name_ends = {
    for name, stream in local.streams : name => {
      for side in ["pull", "push"] : side => flatten([
        for template in flatten([for one in stream.config[side][*] : one.name[*]]) :
        can(regex("\\{(name|ext)\\}$", template)) ? (length(stream.config[side].include) == 0 ? [""] : [for pattern in stream.config[side].include : regex(local.end_pattern, pattern)]) : [reverse(split("}", template))[0]]
      ])
    }
  }
  # Archives of pulls, where they have a directory of their own: no other stream's files may come there, nor be polled from there.
  archives = flatten([
    for name, stream in local.streams : [
      for archive in flatten([for pull in stream.config.pull[*] : pull.archive[*]]) : [
        for directory in archive.directory[*] : {
          ends = flatten([
            for template in concat(archive.name[*], ["{name}"]) : can(regex("\\{(name|ext)\\}$", template)) ? (
              length(stream.config.pull.include) == 0 ? [""] : [for pattern in stream.config.pull.include : regex(local.end_pattern, pattern)]
            ) : [reverse(split("}", template))[0]]
          ])
          label = "${name} (pull.archive.directory = \"${directory}\")"
          owner = "${name}.pull"
          root  = "${local.partners[name]}${startswith(directory, "/") ? "" : "/~/"}${directory}/"
        }
      ]
    ]
  ])
  places = {
    bucket = [
      for name, stream in local.streams : {
        owner = name
        ends  = length(local.name_ends[name].pull) > 0 ? local.name_ends[name].pull : length(stream.config.pull.include) == 0 ? [""] : [for pattern in stream.config.pull.include : regex(local.end_pattern, pattern)]
        label = "${name} (pull.s3 = \"${stream.config.pull.bucket}/${stream.config.pull.prefix}\")"
        root  = "${stream.config.pull.bucket}/${stream.config.pull.prefix}"
      } if stream.config.pull != null
    ]
    remote = flatten([local.archives, [
      for name, stream in local.streams : [
        for side, root in stream.roots : {
          owner = "${name}.${side}"
          ends = concat(
            side == "push" && length(local.name_ends[name].push) > 0 ? local.name_ends[name].push : length(stream.config[side].include) == 0 ? [""] : [for pattern in stream.config[side].include : regex(local.end_pattern, pattern)],
            lookup(local.marker_ends[name], side, []),
          )
          label = "${name} (${side}.sftp = \"${stream.config[side].directory}\")"
          root  = "${local.partners[name]}${root}"
        }
      ]
    ]])
  }
  end_pattern = "[^*?\\[\\]{}()\\\\]*$"

  # Each place is compared with what lies at its own path and below it, not with all others, and by index alone: a function that is
  # called with all places (`lookup`) reads every one of them each time.
  places_at = { for kind, places in local.places : kind => { for i, place in places : place.root => i... } }
  places_within = {
    for kind, places in local.places : kind => {
      for at in flatten([
        for i, place in places : [
          for folders in [split("/", place.root)] : [for depth in range(1, length(folders)) : { path = "${join("/", slice(folders, 0, depth))}/", place = i }]
        ]
      ]) : at.path => at.place...
    }
  }
  overlaps = {
    for kind, places in local.places : kind => flatten([
      for root, outer in local.places_at[kind] : [
        for i in local.places_within[kind][root] : [
          for j in outer : "${places[j].label} and ${places[i].label}"
          if(places[i].root == root ? j < i : true) && places[j].owner != places[i].owner && anytrue([
            for pair in setproduct(places[i].ends, places[j].ends) : endswith(pair[0], pair[1]) || endswith(pair[1], pair[0])
          ])
        ]
      ]
    ])
  }

  # Whatever the patterns say: what is in a report, and whether it stays as it was written, isn't for a partner to know or to decide.
  report_overlaps = local.reports == null ? [] : flatten([
    for name, stream in local.streams : [
      for side in ["pull", "push"] : [
        for place in stream.config[side][*] : "${name}'s ${side}.s3 = \"${place.bucket}/${place.prefix}\"" if place.bucket == local.reports.bucket && (
          startswith(place.prefix, local.reports.prefix) || startswith(local.reports.prefix, place.prefix)
        )
      ]
    ]
  ])
}
