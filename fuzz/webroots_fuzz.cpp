// Any bytes as a file below a web root and as a web server's configuration: read within the limits, the same
// twice.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "files/webroots/change_judge.h"
#include "files/webroots/difference.h"
#include "files/webroots/plain_code.h"
#include "files/webroots/server_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette::files;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto plain = plain_code(bytes);
  VEDETTE_ASSERT(plain.size() <= (std::size_t{4} << 20));
  VEDETTE_ASSERT(plain == plain_code(bytes));
  const auto half = bytes.substr(0, size / 2), rest = bytes.substr(size / 2);
  const auto difference = difference_of(half, rest);
  VEDETTE_ASSERT(difference.before.size() <= 1024 && difference.after.size() <= 1024);
  WebFileChange change;
  change.path = std::string(half.substr(0, 200));
  change.known = size % 2 == 0;
  change.web_class = place_of(change.path).web_class;
  change.before = half;
  change.after = rest;
  static_cast<void>(judge_change(change));
  // A configuration that includes itself must end, too.
  const ConfigFiles files = [&](const std::string& pattern) {
    return std::vector<ConfigFile>{{pattern.substr(0, 100), std::string(rest)}};
  };
  const auto first = [&](const std::string&) {
    return std::vector<ConfigFile>{{"/etc/main", std::string(bytes)}};
  };
  for (const auto& answer : {ConfigFiles(first), files}) {
    static_cast<void>(nginx_roots("/etc/main", answer));
    static_cast<void>(apache_roots("/etc/main", "/etc", answer));
    static_cast<void>(lighttpd_roots("/etc/main", answer));
    static_cast<void>(caddy_roots("/etc/main", answer));
  }
  return 0;
}
