// Reads a configuration: TOML text in, a checked snapshot or every problem at once out.
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "server/config/config.h"

namespace vedette::server {

struct ConfigProblem {
  std::string file;
  int line = 0;  // 0: the file as a whole, or a key that is not in it
  std::string key;
  std::string what;  // what is wrong and what to do

  std::string text() const;  // "vedette.toml:3: sites.interval_seconds: …"
};
using ConfigProblems = std::vector<ConfigProblem>;
std::string text(const ConfigProblems& problems);  // one a line

constexpr std::size_t kConfigBytesMax = 1 << 20;

// Where "env:NAME" and "file:/path" secrets come from; a test or the fuzzer gives its own.
struct SecretSource {
  std::function<std::optional<std::string>(const std::string& name)> environment;
  std::function<Result<std::string>(const std::string& path)> file;
};
SecretSource system_secrets();

// Pure but for `secrets`; any bytes may come in.
std::expected<Config, ConfigProblems> read_config(std::string_view toml, std::string_view file,
                                                  const SecretSource& secrets);
// A missing file is a problem, never the defaults.
std::expected<Config, ConfigProblems> load_config(const std::filesystem::path& path);
Config default_config();
// What no single key shows: TLS pair, open address without TLS. Empty when all is well. Also called after the
// command line has overridden a key.
ConfigProblems check_together(const Config& config, std::string_view file);

}  // namespace vedette::server
