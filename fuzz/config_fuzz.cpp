// Any bytes as a configuration file: the reader must answer with a snapshot or with problems, never fall.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "server/config/config_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const vedette::server::SecretSource secrets{
      [](const std::string& name) {
        return name.size() > 3 ? std::optional<std::string>("secret") : std::nullopt;
      },
      [](const std::string& path) -> vedette::Result<std::string> {
        if (path.size() > 3) return std::string("secret");
        return vedette::fail(vedette::ErrorCode::kNotFound, "no such file");
      }};
  auto read = vedette::server::read_config({reinterpret_cast<const char*>(data), size}, "fuzz.toml", secrets);
  if (!read) {
    static_cast<void>(vedette::server::text(read.error()));
  } else {
    static_cast<void>(vedette::server::listen_parts(*read));
  }
  return 0;
}
