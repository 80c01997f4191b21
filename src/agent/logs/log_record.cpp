#include "agent/logs/log_record.h"

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>

#include "base/text/base64.h"
#include "base/text/utf8.h"

namespace vedette::agent {
namespace json = boost::json;

std::string log_record(std::string_view source, std::string_view format, std::string_view zone,
                       std::string_view text) {
  json::object out{
      {"kind", "log"}, {"source", repair_utf8(source)}, {"format", format}, {"zone", repair_utf8(zone)}};
  const auto escaped = static_cast<std::size_t>(std::ranges::count_if(
      text, [](unsigned char c) { return (c < 0x20 && c != '\n') || c == '"' || c == '\\'; }));
  if (escaped > text.size() / 8 || !is_valid_utf8(text) || text.find('\0') != std::string_view::npos)
    out["base64"] = base64_encode(text);
  else
    out["text"] = text;
  return json::serialize(out);
}

std::string log_gap_record(std::string_view source, std::uint64_t count) {
  return json::serialize(
      json::object{{"kind", "log_gap"}, {"source", repair_utf8(source)}, {"count", count}});
}

std::string system_zone_name() {
  std::error_code error;
  const auto target = std::filesystem::read_symlink("/etc/localtime", error).string();
  constexpr std::string_view kFolder = "/zoneinfo/";
  const auto at = target.find(kFolder);
  return error || at == std::string::npos ? std::string() : target.substr(at + kFolder.size());
}

}  // namespace vedette::agent
