#include "sites/watch/config_json.h"

#include <boost/json.hpp>

#include "sites/watch/json_reader.h"
#include "sites/watch/site_memory.h"

namespace vedette::sites {
namespace {

namespace json = boost::json;

bool has_secrets(const SiteConfig& c) {
  return !c.headers.empty() || !c.proxy.empty() || !c.basic_password.empty() || !c.bearer_token.empty();
}

void read_secrets(const JsonReader& r, SiteConfig& c) {
  if (const auto* v = r.find("headers"); v != nullptr && v->is_array()) {
    c.headers.clear();
    for (const auto& pair : v->get_array()) {
      if (!pair.is_array() || pair.get_array().size() != 2) continue;
      const auto& p = pair.get_array();
      if (p[0].is_string() && p[1].is_string()) c.headers.emplace_back(p[0].get_string(), p[1].get_string());
    }
  }
  r.get("proxy", c.proxy);
  r.get("basic_password", c.basic_password);
  r.get("bearer_token", c.bearer_token);
}

}  // namespace

std::string config_to_json(const SiteConfig& c, const store::SecretBox& box) {
  json::object out{{"name", c.name},
                   {"url", c.url},
                   {"enabled", c.enabled},
                   {"interval_s", c.interval.count()},
                   {"render", to_string(c.render)},
                   {"tags", json_texts(c.tags)},
                   {"user_agent", c.user_agent},
                   {"basic_user", c.basic_user},
                   {"ca_file", c.ca_file},
                   {"verify_tls", c.verify_tls},
                   {"dns_resolvers", json_texts(c.dns_resolvers)},
                   {"tour", c.tour}};
  if (has_secrets(c)) {
    json::array headers;
    for (const auto& [name, value] : c.headers) headers.emplace_back(json::array{name, value});
    out["sealed"] = box.seal_text(json::serialize(json::object{{"headers", std::move(headers)},
                                                               {"proxy", c.proxy},
                                                               {"basic_password", c.basic_password.reveal()},
                                                               {"bearer_token", c.bearer_token.reveal()}}));
  }
  return json::serialize(out);
}

Result<StoredConfig> config_from_json(std::string_view text, const store::SecretBox& box) {
  TRY_ASSIGN(auto object, json_object(text));
  JsonReader r(object);
  StoredConfig out;
  SiteConfig& c = out.config;
  r.get("name", c.name);
  r.get("url", c.url);
  r.get("enabled", c.enabled);
  std::int64_t seconds = 60;
  r.get("interval_s", seconds);
  c.interval = std::chrono::seconds(seconds);
  std::string render, sealed;
  r.get("render", render);
  c.render = render_policy_from(render).value_or(RenderPolicy::kAuto);
  r.get("tags", c.tags);
  r.get("user_agent", c.user_agent);
  r.get("basic_user", c.basic_user);
  r.get("ca_file", c.ca_file);
  r.get("verify_tls", c.verify_tls);
  r.get("dns_resolvers", c.dns_resolvers);
  r.get("tour", c.tour);
  r.get("sealed", sealed);
  if (sealed.empty()) {
    read_secrets(r, c);
    out.clear = has_secrets(c);
  } else if (auto opened = box.open_text(sealed)) {
    TRY_ASSIGN(auto secrets, json_object(opened->reveal()));
    read_secrets(JsonReader(secrets), c);
  } else {
    out.lost = true;
  }
  return out;
}

}  // namespace vedette::sites
