locals {
  # A list of its own, since few streams have such files; a test compares it with what Node 24 knows.
  time_zones = toset(split("\n", trimspace(file("${path.module}/../time-zones.txt"))))

  week_days = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]
}
