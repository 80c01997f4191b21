// /sites: the list, adding, importing, changing and removing.
#include <set>

#include "model/refusal.h"
#include "server/api/api.h"
#include "server/api/shapes.h"
#include "server/api/site_import.h"
#include "server/api/site_json.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

constexpr std::size_t kImportBytesMax = 4u << 20;

// A site that is not added yet has no id.
std::vector<SchemaField> preview_fields() {
  auto fields = site_fields();
  std::ranges::find(fields, std::string_view("id"), &SchemaField::name)->schema = text(64);
  return fields;
}

// Open alerts by site id, from the desk's counts.
Result<std::map<std::string, std::int64_t>> open_alerts(desk::Desk& desk, const std::string& one_site = {}) {
  std::map<std::string, std::int64_t> out;
  for (const char* state : {"new", "acknowledged"}) {
    desk::AlertQuery query;
    query.state = state;
    query.watch = "sites";
    query.asset_id = one_site;
    TRY_ASSIGN(auto facets, desk.facets(query));
    for (const auto& facet : facets) {
      if (facet.field == "asset") out[facet.value] += facet.count;
    }
  }
  return out;
}

Result<json::object> shown(Api& api, const sites::Site& site, Language language) {
  TRY_ASSIGN(auto open, open_alerts(api.desk, site.id));
  return site_json(site, language, open[site.id]);
}

Result<std::set<std::string>> watched_addresses(Api& api) {
  std::set<std::string> out;
  sites::SiteWatch::Query query;
  query.page.limit = 1000;
  do {
    TRY_ASSIGN(auto listing, api.sites.list(query));
    for (const auto& site : listing.items) out.insert(site.config.url);
    query.page.cursor = listing.next_cursor;
  } while (!query.page.cursor.empty());
  return out;
}

Result<net::Response> import_sites(Api& api, const Call& call) {
  auto interval = std::chrono::seconds(api.config.current()->interval_seconds);
  auto content = *call.text("content");
  auto read = *call.text("format") == "lines" ? read_site_lines(content, interval)
                                              : read_uptime_kuma(content, interval);
  if (!read) return fields_response({{"content", words_of(read.error())}}, call.language);
  bool dry_run = call.boolean("dry_run").value_or(false);
  json::array added, skipped;
  std::set<std::string> watched;
  if (dry_run) {
    TRY_ASSIGN(watched, watched_addresses(api));
  }
  for (const auto& one : read->skipped)
    skipped.push_back(json::object{{"line", one.line}, {"detail", render(one.detail, call.language)}});
  for (const auto& one : read->sites) {
    if (dry_run) {
      if (!watched.insert(one.config.url).second) {
        skipped.push_back(json::object{
            {"line", one.line},
            {"detail", render({"error.import.watched", {{"url", one.config.url}}}, call.language)}});
        continue;
      }
      sites::Site preview;
      preview.config = one.config;
      added.push_back(site_json(preview, call.language, 0));
      continue;
    }
    auto site =
        api.sites.add(one.config, api.audited(call, "site.add", {{"url", one.config.url}, {"import", true}}));
    if (site) {
      added.push_back(site_json(*site, call.language, 0));
    } else if (site.error().code() == ErrorCode::kConflict || site.error().code() == ErrorCode::kInvalid) {
      skipped.push_back(json::object{
          {"line", one.line}, {"detail", one.config.url + ": " + said_in(site.error(), call.language)}});
    } else {
      return std::unexpected(site.error());
    }
  }
  if (!dry_run)
    TRY(api.audit(call, "site.import", "sites", {{"added", added.size()}, {"skipped", skipped.size()}}));
  return json_response(200, json::object{{"added", std::move(added)}, {"skipped", std::move(skipped)}});
}

Result<net::Response> site_detail(Api& api, const Call& call) {
  TRY_ASSIGN(auto site, api.sites.get(call.parameter("id")));
  TRY_ASSIGN(auto body, shown(api, site, call.language));
  TRY_ASSIGN(auto details, api.sites.details_json(site.id));
  TRY_ASSIGN(auto sights, api.sites.site_sights(site.id));
  json::error_code error;
  auto parsed = json::parse(details, error);
  body["config"] = site_config_json(site.config);
  body["details"] = error || !parsed.is_object() ? json::value(json::object()) : std::move(parsed);
  body["sights"] = sights_json(sights, call.language);
  return json_response(200, body);
}

}  // namespace

std::vector<Operation> site_operations(Api& api) {
  using enum net::Method;
  std::vector<QueryParameter> filters{
      {"q", text(200), "words in name or address"},
      {"state",
       one_of({"learning", "ok", "warn", "critical", "unavailable", "paused", "maintenance", "blind"}),
       "only these"},
      {"tag", text(64), "only with this tag"}};
  for (auto& one : paging()) filters.push_back(std::move(one));
  auto skipped = object({required("line", count()), required("detail", text(4096))});
  return {
      {.method = kGet,
       .path = "/sites",
       .id = "listSites",
       .tag = "sites",
       .summary = "Watched sites",
       .query = std::move(filters),
       .response = page_of(reference("Site")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         sites::SiteWatch::Query query{
             call.query("q"), call.query("state"), call.query("tag"), {call.cursor(), call.limit()}};
         TRY_ASSIGN(auto page, api.sites.list(query));
         TRY_ASSIGN(auto open, open_alerts(api.desk));
         json::array items;
         for (const auto& site : page.items) items.push_back(site_json(site, call.language, open[site.id]));
         return page_response(std::move(items), page.next_cursor);
       }},
      {.method = kPost,
       .path = "/sites",
       .id = "addSite",
       .tag = "sites",
       .summary = "Watch a site",
       .role = Role::kLead,
       .request = object(site_settings(true)),
       .success = 201,
       .response = reference("Site"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         sites::SiteConfig config;
         config.interval = std::chrono::seconds(api.config.current()->interval_seconds);
         apply_site_fields(call, config);
         TRY_ASSIGN(auto site, api.sites.add(config, api.audited(call, "site.add", {{"url", config.url}})));
         return json_response(201, site_json(site, call.language, 0));
       }},
      {.method = kPost,
       .path = "/sites/import",
       .id = "importSites",
       .tag = "sites",
       .summary = "Watch the sites of a list",
       .role = Role::kLead,
       .request = object({required("format", one_of({"lines", "uptime-kuma"})),
                          required("content", text(kImportBytesMax, 1)), optional("dry_run", boolean())}),
       .response = object({required("added", list(object(preview_fields()), kImportSitesMax)),
                           required("skipped", list(std::move(skipped), kImportSitesMax))}),
       .body_bytes_max = kImportBytesMax,
       .handler = [&api](const Call& call) { return import_sites(api, call); }},
      {.method = kGet,
       .path = "/sites/{id}",
       .id = "getSite",
       .tag = "sites",
       .summary = "A site with its settings, certificate, DNS and resources",
       .response = reference("SiteDetail"),
       .handler = [&api](const Call& call) { return site_detail(api, call); }},
      {.method = kPatch,
       .path = "/sites/{id}",
       .id = "changeSite",
       .tag = "sites",
       .summary = "Change a site's settings",
       .role = Role::kLead,
       .request = object(site_settings(false)),
       .response = reference("Site"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto before, api.sites.get(call.parameter("id")));
         auto config = before.config;
         apply_site_fields(call, config);
         json::array names;
         for (const auto& [name, value] : call.body) names.push_back(json::string(name));
         TRY_ASSIGN(auto site,
                    api.sites.update(before.id, config,
                                     api.audited(call, "site.change", {{"fields", std::move(names)}})));
         TRY_ASSIGN(auto body, shown(api, site, call.language));
         return json_response(200, body);
       }},
      {.method = kDelete,
       .path = "/sites/{id}",
       .id = "removeSite",
       .tag = "sites",
       .summary = "Stop watching a site",
       .role = Role::kLead,
       .success = 204,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto site, api.sites.get(call.parameter("id")));
         TRY(api.sites.remove(site.id, api.audited(call, "site.remove", {{"url", site.config.url}})));
         return net::Response::empty(204);
       }},
      {.method = kPost,
       .path = "/sites/{id}/check",
       .id = "checkSite",
       .tag = "sites",
       .summary = "Check a site now",
       .role = Role::kAnalyst,
       .scope = scope::kSitesDeploy,
       .success = 202,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY(api.sites.check_now(call.parameter("id")));
         return net::Response::empty(202);
       }},
  };
}

}  // namespace vedette::server
