#include "server/config/config_reader.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <climits>
#include <cstdlib>
#include <fstream>

#include "base/assert.h"
#include "base/text/plain_toml.h"
#include "net/url.h"
#include "server/config/config_keys.h"
#include "server/config/nearest.h"

namespace vedette::server {
namespace {

class Reader {
 public:
  Reader(std::string_view file, const SecretSource& secrets) : file_(file), secrets_(secrets) {}

  void read(const toml::table& root, Config& config) {
    for (const auto& [name, node] : root) {
      auto section = std::string(name.str());
      auto line = line_of(name.source());
      if (!is_section(section)) {
        unknown_section(section, line);
      } else if (const auto* table = node.as_table()) {
        read_section(section, *table, config);
      } else {
        problem(line, section,
                fmt::format("is a section; write [{}] on a line of its own and its keys below", section));
      }
    }
  }

  void assign(const ConfigKey& key, const toml::node& node, Config& config) {
    int line = line_of(node.source());
    std::visit([&](auto member) { assign_as(key, member, node, line, config); }, key.member);
  }

  ConfigProblems take() { return std::move(problems_); }

 private:
  static int line_of(const toml::source_region& region) { return static_cast<int>(region.begin.line); }

  void problem(int line, std::string key, std::string what) {
    problems_.push_back({std::string(file_), line, std::move(key), std::move(what)});
  }

  static bool is_section(std::string_view name) {
    return std::ranges::any_of(config_keys(), [&](const ConfigKey& key) { return key.section == name; });
  }

  void unknown_section(const std::string& name, int line) {
    std::vector<std::string> names;
    for (const auto& key : config_keys()) {
      if (names.empty() || names.back() != key.section) names.emplace_back(key.section);
    }
    auto near = nearest(name, names);
    problem(line, name,
            near ? fmt::format("no such section; did you mean [{}]?", *near)
                 : "no such section; `vedette check-config --default` prints all of them");
  }

  void read_section(const std::string& section, const toml::table& table, Config& config) {
    for (const auto& [name, node] : table) {
      const auto* key = find_key(section, name.str());
      if (key) {
        assign(*key, node, config);
        continue;
      }
      std::vector<std::string> names;
      for (const auto& known : config_keys()) names.push_back(known.full_name());
      std::string full = section + "." + std::string(name.str());
      auto near = nearest(full, names);
      problem(line_of(name.source()), full,
              near ? fmt::format("no such key; did you mean {}?", *near)
                   : fmt::format("no such key; remove it (docs/configuration.md lists the keys of [{}])",
                                 section));
    }
  }

  void assign_as(const ConfigKey& key, std::int64_t Config::* member, const toml::node& node, int line,
                 Config& config) {
    const auto* value = node.as_integer();
    if (!value) return wrong_type(key, node, line, "a whole number");
    if (value->get() < key.least || value->get() > key.most) {
      return problem(
          line, key.full_name(),
          fmt::format("{} is out of range; write {} to {} {}", value->get(), key.least, key.most, key.unit));
    }
    config.*member = value->get();
  }
  void assign_as(const ConfigKey& key, bool Config::* member, const toml::node& node, int line,
                 Config& config) {
    const auto* value = node.as_boolean();
    if (!value) return wrong_type(key, node, line, "true or false");
    config.*member = value->get();
  }
  void assign_as(const ConfigKey& key, std::string Config::* member, const toml::node& node, int line,
                 Config& config) {
    const auto* value = node.as_string();
    if (!value) return wrong_type(key, node, line, "text in quotes");
    if (auto wrong = check_form(key.form, value->get())) {
      return problem(line, key.full_name(), fmt::format("\"{}\" {}", shortened(value->get()), *wrong));
    }
    config.*member = value->get();
  }
  void assign_as(const ConfigKey& key, std::vector<std::string> Config::* member, const toml::node& node,
                 int line, Config& config) {
    const auto* list = node.as_array();
    if (!list) return wrong_type(key, node, line, "a list, e.g. [\"one\", \"two\"]");
    if (list->size() > 64)
      return problem(line, key.full_name(), "has more than 64 entries; shorten the list");
    std::vector<std::string> out;
    for (const auto& element : *list) {
      const auto* value = element.as_string();
      if (!value) {
        wrong_type(key, element, line_of(element.source()), "text in quotes");
        continue;
      }
      if (auto wrong = check_form(key.form, value->get())) {
        problem(line_of(element.source()), key.full_name(),
                fmt::format("\"{}\" {}", shortened(value->get()), *wrong));
        continue;
      }
      out.push_back(value->get());
    }
    config.*member = std::move(out);
  }
  void assign_as(const ConfigKey& key, Secret Config::* member, const toml::node& node, int line,
                 Config& config) {
    const auto* value = node.as_string();
    if (!value) return wrong_type(key, node, line, "\"file:/path\" or \"env:NAME\"");
    const std::string& text = value->get();
    if (text.empty()) {
      config.*member = Secret();
    } else if (text.starts_with("file:")) {
      auto read = secrets_.file(text.substr(5));
      if (!read)
        return problem(
            line, key.full_name(),
            fmt::format("{}; check the path and that Vedette's user may read it", read.error().full()));
      config.*member = Secret(*std::move(read));
    } else if (text.starts_with("env:")) {
      auto read = secrets_.environment(text.substr(4));
      if (!read)
        return problem(line, key.full_name(),
                       fmt::format("the environment variable {} is not set; set it for the server",
                                   shortened(text.substr(4))));
      config.*member = Secret(*std::move(read));
    } else {
      problem(line, key.full_name(),
              "is a secret and may not stand in this file; write \"file:/path\" or \"env:NAME\"");
    }
  }

  void wrong_type(const ConfigKey& key, const toml::node& node, int line, std::string_view wanted) {
    std::string_view got = "something else";
    if (node.is_string()) got = "text";
    if (node.is_integer()) got = "a whole number";
    if (node.is_floating_point()) got = "a number with a fraction";
    if (node.is_boolean()) got = "true or false";
    if (node.is_array()) got = "a list";
    if (node.is_table()) got = "a section";
    problem(line, key.full_name(), fmt::format("is {}, but must be {}", got, wanted));
  }

  static std::string shortened(std::string_view text) {
    return text.size() <= 120 ? std::string(text) : std::string(text.substr(0, 117)) + "...";
  }

  std::string_view file_;
  const SecretSource& secrets_;
  ConfigProblems problems_;
};

}  // namespace

std::string ConfigProblem::text() const {
  std::string out = file;
  if (line > 0) out += fmt::format(":{}", line);
  out += ": ";
  if (!key.empty()) out += key + ": ";
  return out + what;
}

std::string text(const ConfigProblems& problems) {
  std::string out;
  for (const auto& problem : problems) out += problem.text() + "\n";
  return out;
}

SecretSource system_secrets() {
  return {
      [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        return value ? std::optional<std::string>(value) : std::nullopt;
      },
      [](const std::string& path) -> Result<std::string> {
        constexpr std::size_t kSecretBytesMax = 64 * 1024;
        std::ifstream in(path, std::ios::binary);
        if (!in) return fail(ErrorCode::kNotFound, "the secret file " + path + " cannot be read");
        std::string bytes(kSecretBytesMax + 1, '\0');
        in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        bytes.resize(static_cast<std::size_t>(in.gcount()));
        if (bytes.size() > kSecretBytesMax)
          return fail(ErrorCode::kLimit, "the secret file " + path + " is larger than 64 KiB");
        while (!bytes.empty() && (bytes.back() == '\n' || bytes.back() == '\r')) bytes.pop_back();
        return bytes;
      },
  };
}

Config default_config() {
  static const Config config = [] {
    SecretSource none = system_secrets();
    Reader reader("default", none);
    Config out;
    for (const auto& key : config_keys()) {
      auto parsed = toml::parse("value = " + std::string(key.default_value));
      reader.assign(key, *parsed.get("value"), out);
    }
    VEDETTE_ASSERT(reader.take().empty());
    return out;
  }();
  return config;
}

ConfigProblems check_together(const Config& config, std::string_view file) {
  ConfigProblems problems;
  auto add = [&](std::string key, std::string what) {
    problems.push_back({std::string(file), 0, std::move(key), std::move(what)});
  };
  if (config.tls_certificate.empty() != config.tls_key.empty()) {
    add(config.tls_key.empty() ? "server.tls_key" : "server.tls_certificate",
        "is missing; a certificate and its key are set together, or neither");
  }
  if (!listen_parts(config).loopback && config.tls_certificate.empty() && config.trusted_proxies.empty()) {
    add("server.listen",
        fmt::format(
            "{} can be reached from other machines, and passwords would travel unencrypted; set "
            "server.tls_certificate "
            "and server.tls_key, or name your TLS proxy in server.trusted_proxies, or listen on 127.0.0.1",
            config.listen));
  }
  if (!config.oidc_issuer.empty()) {
    if (config.oidc_client_id.empty())
      add("oidc.client_id", "is missing; write the name that the provider gave to Vedette");
    auto host = net::host_of(config.oidc_issuer);
    bool here = host == "localhost" || host == "::1" || host.starts_with("127.");
    if (!config.oidc_issuer.starts_with("https://") && !here)
      add("oidc.issuer", "is not https; only a provider on this machine may do without");
    if (std::ranges::find(config.oidc_scopes, "openid") == config.oidc_scopes.end())
      add("oidc.scopes", "lacks \"openid\", without which there is no ID token; add it");
  }
  if (!config.ldap_url.empty()) {
    if (config.ldap_base_dn.empty())
      add("ldap.base_dn", "is missing; write where people are searched for, e.g. \"dc=example,dc=org\"");
    auto host = config.ldap_url.substr(config.ldap_url.find("//") + 2);
    bool here = host.starts_with("localhost") || host.starts_with("127.") || host.starts_with("[::1]");
    if (config.ldap_url.starts_with("ldap://") && !config.ldap_start_tls && !here)
      add("ldap.start_tls", "is off, and passwords would travel unencrypted; turn it on, or use ldaps://");
    if (config.ldap_user_filter.find("{username}") == std::string::npos)
      add("ldap.user_filter",
          "lacks {username}, so it finds the same people for everybody; write e.g. \"(uid={username})\"");
  }
  return problems;
}

std::expected<Config, ConfigProblems> read_config(std::string_view toml, std::string_view file,
                                                  const SecretSource& secrets) {
  auto whole = [&](int line, std::string what) {
    return std::unexpected(ConfigProblems{{std::string(file), line, "", std::move(what)}});
  };
  if (toml.size() > kConfigBytesMax)
    return whole(0, "is larger than 1 MiB; this is no Vedette configuration");
  auto plain = plain_toml(toml);
  if (!plain) return whole(plain.error().line, std::move(plain.error().what));
  Config config = default_config();
  Reader reader(file, secrets);
  try {
    auto root = toml::parse(*plain, file);
    reader.read(root, config);
  } catch (const toml::parse_error& error) {
    return whole(static_cast<int>(error.source().begin.line),
                 fmt::format("is not TOML: {}; correct this line first", error.description()));
  }
  auto problems = reader.take();
  for (auto& problem : check_together(config, file)) problems.push_back(std::move(problem));
  // In the order of the file; what belongs to no line comes last.
  std::ranges::stable_sort(
      problems, {}, [](const ConfigProblem& problem) { return problem.line > 0 ? problem.line : INT_MAX; });
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return config;
}

std::expected<Config, ConfigProblems> load_config(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::error_code error;
  if (!in || std::filesystem::is_directory(path, error)) {
    return std::unexpected(
        ConfigProblems{{path.string(), 0, "", "cannot be read; check the path and its permissions"}});
  }
  std::string bytes(kConfigBytesMax + 1, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return read_config(bytes, path.string(), system_secrets());
}

}  // namespace vedette::server
