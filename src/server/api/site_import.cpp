#include "server/api/site_import.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "model/refusal.h"

namespace vedette::server {
namespace json = boost::json;
namespace {

constexpr std::size_t kUrlBytesMax = 2048;
constexpr std::size_t kNameBytesMax = 200;
constexpr std::size_t kDepthMax = 32;

std::string_view trimmed(std::string_view text) {
  auto begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

bool http_url(std::string_view url) {
  auto scheme = url.starts_with("https://") ? 8u : url.starts_with("http://") ? 7u : 0u;
  return scheme > 0 && url.size() > scheme && url.size() <= kUrlBytesMax;
}

Message no_address(std::string_view url) {
  return {"server.import.no_address", {{"text", std::string(url.substr(0, 100))}}};
}

Result<void> full(const ImportList& list) {
  if (list.sites.size() < kImportSitesMax) return {};
  return refuse(ErrorCode::kLimit, "import.many", {{"most", std::to_string(kImportSitesMax)}});
}

}  // namespace

Result<ImportList> read_site_lines(std::string_view text, std::chrono::seconds interval) {
  ImportList out;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  int line = 0;
  while (!text.empty()) {
    ++line;
    auto end = std::min(text.find('\n'), text.size());
    auto row = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (row.empty() || row.starts_with('#')) continue;
    auto gap = row.find_first_of(" \t");
    auto url = row.substr(0, gap);
    auto name = gap == std::string_view::npos ? std::string_view() : trimmed(row.substr(gap));
    // People write bare host names; a browser would take them too.
    std::string address =
        url.find("://") == std::string_view::npos ? "https://" + std::string(url) : std::string(url);
    if (!http_url(address) ||
        (url.find("://") == std::string_view::npos && url.find('.') == std::string_view::npos)) {
      out.skipped.push_back({line, no_address(url)});
      continue;
    }
    TRY(full(out));
    ImportedSite site{line, {}};
    site.config.url = address;
    site.config.name = std::string(name.substr(0, kNameBytesMax));
    site.config.interval = interval;
    out.sites.push_back(std::move(site));
  }
  return out;
}

Result<ImportList> read_uptime_kuma(std::string_view text, std::chrono::seconds interval) {
  json::parse_options options;
  options.max_depth = kDepthMax;
  json::error_code error;
  auto root = json::parse({text.data(), text.size()}, error, {}, options);
  if (error) return refuse(ErrorCode::kInvalid, "import.not_json", {{"why", error.message()}});
  const auto* monitors = root.is_object() ? root.get_object().if_contains("monitorList") : nullptr;
  if (!monitors || !monitors->is_array()) return refuse(ErrorCode::kInvalid, "import.no_monitors");
  ImportList out;
  int number = 0;
  for (const auto& monitor : monitors->get_array()) {
    ++number;
    auto skip = [&](Message why) { out.skipped.push_back({number, std::move(why)}); };
    const auto* object = monitor.if_object();
    if (!object) {
      skip({"server.import.no_monitor", {}});
      continue;
    }
    auto field = [&](std::string_view name) {
      const auto* value = object->if_contains({name.data(), name.size()});
      return value && value->is_string() ? std::string(value->get_string()) : std::string();
    };
    auto type = field("type");
    auto url = field("url");
    if (type != "http" && type != "keyword" && type != "json-query") {
      skip({"server.import.not_a_page",
            {{"name", field("name").substr(0, 100)}, {"type", type.substr(0, 40)}}});
      continue;
    }
    if (!http_url(url)) {
      skip(no_address(url));
      continue;
    }
    TRY(full(out));
    ImportedSite site{number, {}};
    site.config.url = url;
    site.config.name = field("name").substr(0, kNameBytesMax);
    site.config.interval = interval;
    const auto* seconds = object->if_contains("interval");
    if (seconds && seconds->is_int64())
      site.config.interval = std::chrono::seconds(std::clamp<std::int64_t>(seconds->get_int64(), 20, 86'400));
    const auto* active = object->if_contains("active");
    if (active &&
        ((active->is_bool() && !active->get_bool()) || (active->is_int64() && active->get_int64() == 0)))
      site.config.enabled = false;
    const auto* ignore_tls = object->if_contains("ignoreTls");
    if (ignore_tls && ignore_tls->is_bool() && ignore_tls->get_bool()) site.config.verify_tls = false;
    out.sites.push_back(std::move(site));
  }
  return out;
}

}  // namespace vedette::server
