locals {
  week_days = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]
}
