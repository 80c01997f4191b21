#include "server/hosts/join_web_root.h"

#include "sites/watch/question.h"

namespace vedette::server {

bool join_web_root(Finding& finding, const SiteOfHost& site_of_host) {
  if (finding.watch != Watch::kFiles || finding.asset.type != "host") return false;
  if (finding.dedup_key != "files/" + finding.asset.id + "/webroot" &&
      !finding.dedup_key.starts_with("files/" + finding.asset.id + "/webroot/"))
    return false;
  auto hosts = finding.reason.arguments.find("hosts");
  if (hosts == finding.reason.arguments.end()) return false;
  std::string_view rest = hosts->second;
  while (!rest.empty()) {
    auto name = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    if (name.empty()) continue;
    if (auto site = site_of_host(name)) {
      finding.asset = *std::move(site);
      finding.dedup_key = sites::dedup_key(finding.asset.id, sites::Question::kContent);
      return true;
    }
  }
  return false;
}

}  // namespace vedette::server
