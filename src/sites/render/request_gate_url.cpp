#include "sites/render/request_gate.h"

namespace vedette::sites {

std::string host_of(std::string_view url) {
  auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#\\"));
  if (auto at = url.rfind('@'); at != std::string_view::npos) url.remove_prefix(at + 1);
  if (url.starts_with('[')) {
    url = url.substr(1, url.find(']') - 1);
  } else {
    url = url.substr(0, url.find(':'));
  }
  std::string out(url);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string origin_of(std::string_view url) {
  auto scheme = url.find(':');
  if (scheme == std::string_view::npos) return {};
  if (!url.substr(scheme).starts_with("://")) return std::string(url.substr(0, scheme + 1));
  auto end = url.find_first_of("/?#\\", scheme + 3);
  auto authority = url.substr(scheme + 3, end == std::string_view::npos ? end : end - scheme - 3);
  if (auto at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  std::string out(url.substr(0, scheme + 3));
  out += authority;
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out.substr(0, 256);
}

}  // namespace vedette::sites
