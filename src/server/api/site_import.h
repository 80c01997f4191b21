// Reads lists of sites that people bring along: one URL a line, or Uptime Kuma's backup export. Pure; foreign
// bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/message.h"
#include "sites/watch/site.h"

namespace vedette::server {

struct ImportedSite {
  int line = 0;  // line, or number of the monitor, counted from 1
  sites::SiteConfig config;
};
struct SkippedLine {
  int line = 0;
  Message detail;
};
struct ImportList {
  std::vector<ImportedSite> sites;
  std::vector<SkippedLine> skipped;
};

constexpr std::size_t kImportSitesMax = 10'000;

// "URL [name]" a line; empty lines and those that begin with # are passed over.
Result<ImportList> read_site_lines(std::string_view text, std::chrono::seconds interval);
// Uptime Kuma 1.x "Backup → Export": monitorList entries of type http, keyword or json-query.
Result<ImportList> read_uptime_kuma(std::string_view text, std::chrono::seconds interval);

}  // namespace vedette::server
