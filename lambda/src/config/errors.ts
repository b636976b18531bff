/** The configuration or the environment can't be used as it is. The message names the stream or variable, the field and the remedy. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}
