#include "server/config/config_keys.h"

#include <fmt/format.h>

#include "base/assert.h"

namespace vedette::server {
namespace {

constexpr bool kReload = true;
constexpr bool kRestart = false;
using F = TextForm;

const std::vector<ConfigKey>& table() {
  static const std::vector<ConfigKey> keys{
      {"server", "data_dir", &Config::data_dir, "\"/var/lib/vedette\"", F::kFolder, 0, 0, "", kRestart,
       "Folder of the database, the snapshots and the lock file. Only Vedette's user may read it."},
      {"server", "listen", &Config::listen, "\"127.0.0.1:8480\"", F::kListen, 0, 0, "", kRestart,
       "Address and port of the console and the API. Any other address than loopback needs tls_certificate "
       "and tls_key, "
       "or a reverse proxy named in trusted_proxies. Port 0 takes a free one."},
      {"server", "public_url", &Config::public_url, "\"\"", F::kUrl, 0, 0, "", kRestart,
       "Address under which people reach the console; it goes into mails. Empty: made from listen."},
      {"server", "tls_certificate", &Config::tls_certificate, "\"\"", F::kFile, 0, 0, "", kReload,
       "PEM file with the certificate chain. Empty: no TLS here."},
      {"server", "tls_key", &Config::tls_key, "\"\"", F::kFile, 0, 0, "", kReload,
       "PEM file with the private key."},
      {"server", "trusted_proxies", &Config::trusted_proxies, "[]", F::kAddress, 0, 0, "", kRestart,
       "IP addresses of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed."},
      {"server", "io_threads", &Config::io_threads, "1", F::kAny, 1, 64, "threads", kRestart,
       "Threads that move bytes of connections."},
      {"server", "worker_threads", &Config::worker_threads, "4", F::kAny, 1, 256, "threads", kRestart,
       "Threads that answer requests."},
      {"server", "connections_max", &Config::connections_max, "10000", F::kAny, 16, 1'000'000, "connections",
       kRestart, "Connections open at one time; further ones are refused."},
      {"server", "streams_max", &Config::streams_max, "2000", F::kAny, 1, 100'000, "streams", kRestart,
       "Consoles that follow the live stream at one time."},
      {"server", "request_timeout_seconds", &Config::request_timeout_seconds, "10", F::kAny, 1, 300,
       "seconds", kRestart, "Longest time a client may take to send one request."},

      {"log", "level", &Config::log_level, "\"info\"", F::kLogLevel, 0, 0, "", kReload,
       "Least level that is written to standard error."},

      {"accounts", "session_idle_minutes", &Config::session_idle_minutes, "720", F::kAny, 5, 10'080,
       "minutes", kReload, "A session that is not used for so long ends."},
      {"accounts", "session_hours_max", &Config::session_hours_max, "168", F::kAny, 1, 2'160, "hours",
       kReload, "A session ends after so long, used or not."},
      {"accounts", "password_length_min", &Config::password_length_min, "12", F::kAny, 8, 128, "characters",
       kReload, "Shortest password that is taken."},
      {"accounts", "sign_in_attempts", &Config::sign_in_attempts, "5", F::kAny, 1, 1000, "attempts", kReload,
       "Wrong passwords for one account from one address before it must wait. Ten times as many count for "
       "one account "
       "from all addresses and for one address over all accounts."},
      {"accounts", "sign_in_window_minutes", &Config::sign_in_window_minutes, "15", F::kAny, 1, 1'440,
       "minutes", kReload, "Time over which wrong passwords are counted, and the longest wait."},
      {"accounts", "second_factor", &Config::second_factor, "\"lead\"", F::kSecondFactor, 0, 0, "", kReload,
       "Who must sign in with a one-time password of an authenticator app too: \"lead\" (leads, commanders, "
       "legal, "
       "auditors and administrators), \"all\", or nobody (\"optional\")."},
      {"accounts", "second_factor_grace_hours", &Config::second_factor_grace_hours, "24", F::kAny, 0, 720,
       "hours", kReload,
       "A new account may do without the second factor for so long; then it can do nothing but set one up."},
      {"accounts", "setup_link_hours", &Config::setup_link_hours, "24", F::kAny, 1, 168, "hours", kReload,
       "Life of the one-time link that creates the first administrator."},

      {"oidc", "issuer", &Config::oidc_issuer, "\"\"", F::kUrl, 0, 0, "", kReload,
       "OpenID Connect provider with which people may sign in, exactly as it names itself, e.g. "
       "\"https://sso.example.org/realms/unit\". Its redirect address is <public_url>/signin/oidc/callback. "
       "Empty: none."},
      {"oidc", "label", &Config::oidc_label, "\"\"", F::kAny, 0, 0, "", kReload,
       "Name of the provider on the sign-in page. Empty: its host name."},
      {"oidc", "client_id", &Config::oidc_client_id, "\"\"", F::kAny, 0, 0, "", kReload,
       "What the provider calls Vedette."},
      {"oidc", "client_secret", &Config::oidc_client_secret, "\"\"", F::kAny, 0, 0, "", kReload,
       "The secret it gave to Vedette. Empty: a public client; PKCE (S256) is used in any case."},
      {"oidc", "scopes", &Config::oidc_scopes, "[\"openid\", \"profile\", \"email\"]", F::kAny, 0, 0, "",
       kReload, "Scopes that are asked for; \"openid\" must be among them."},
      {"oidc", "username_claim", &Config::oidc_username_claim, "\"preferred_username\"", F::kAny, 0, 0, "",
       kReload, "Claim with the user name, of the ID token or else of the user-info answer."},
      {"oidc", "groups_claim", &Config::oidc_groups_claim, "\"groups\"", F::kAny, 0, 0, "", kReload,
       "Claim with the person's groups; dots lead inside, as in \"realm_access.roles\"."},
      {"oidc", "roles", &Config::oidc_roles, "[]", F::kRoleOfGroup, 0, 0, "", kReload,
       "Roles by group, \"group=role\"; the first that fits is taken at every sign-in, and whom none fits "
       "may "
       "not sign in. Empty: roles are given in Vedette, and a new account is a viewer."},
      {"oidc", "create_accounts", &Config::oidc_create_accounts, "false", F::kAny, 0, 0, "", kReload,
       "Make an account at the first sign-in of somebody who has none."},
      {"oidc", "link_accounts", &Config::oidc_link_accounts, "false", F::kAny, 0, 0, "", kReload,
       "Let a first sign-in take the account of the same user name. Only where nobody can choose their user "
       "name "
       "at the provider themselves: whoever bears the name gets the account."},
      {"oidc", "second_factor", &Config::oidc_second_factor, "[]", F::kAny, 0, 0, "", kReload,
       "Values of the claims amr and acr with which the provider says that it asked for a second factor "
       "(\"mfa\", "
       "\"otp\", \"hwk\"); then Vedette asks for none. Empty: Vedette's own is asked for in any case."},
      {"oidc", "ca_file", &Config::oidc_ca_file, "\"\"", F::kFile, 0, 0, "", kReload,
       "PEM file of certificate authorities that are trusted for the provider. Empty: the system's."},

      {"ldap", "url", &Config::ldap_url, "\"\"", F::kLdapUrl, 0, 0, "", kReload,
       "LDAP directory that knows people's passwords, \"ldaps://dc.example.org\" or "
       "\"ldap://dc.example.org\". It is "
       "asked for whom Vedette has no password of its own. Empty: none."},
      {"ldap", "start_tls", &Config::ldap_start_tls, "true", F::kAny, 0, 0, "", kReload,
       "Encrypt ldap:// with StartTLS; only a directory on this machine may do without."},
      {"ldap", "ca_file", &Config::ldap_ca_file, "\"\"", F::kFile, 0, 0, "", kReload,
       "PEM file of certificate authorities that are trusted for the directory. Empty: the system's."},
      {"ldap", "bind_dn", &Config::ldap_bind_dn, "\"\"", F::kAny, 0, 0, "", kReload,
       "Service account that searches for people. Empty: as nobody, where the directory allows it."},
      {"ldap", "bind_password", &Config::ldap_bind_password, "\"\"", F::kAny, 0, 0, "", kReload,
       "Its password."},
      {"ldap", "base_dn", &Config::ldap_base_dn, "\"\"", F::kAny, 0, 0, "", kReload,
       "Where people, and groups for group_filter, are searched for, with everything below it."},
      {"ldap", "user_filter", &Config::ldap_user_filter, "\"(uid={username})\"", F::kAny, 0, 0, "", kReload,
       "Filter that finds one person; {username} is what they typed. Active Directory: "
       "\"(sAMAccountName={username})\"."},
      {"ldap", "id_attribute", &Config::ldap_id_attribute, "\"entryUUID\"", F::kAny, 0, 0, "", kReload,
       "Attribute by which a person is known for good. Active Directory: \"objectGUID\"."},
      {"ldap", "name_attribute", &Config::ldap_name_attribute, "\"cn\"", F::kAny, 0, 0, "", kReload,
       "Attribute with the name that is shown."},
      {"ldap", "groups_attribute", &Config::ldap_groups_attribute, "\"memberOf\"", F::kAny, 0, 0, "", kReload,
       "Attribute of a person with the names (DN) of their groups."},
      {"ldap", "group_filter", &Config::ldap_group_filter, "\"\"", F::kAny, 0, 0, "", kReload,
       "Filter that finds a person's groups instead, {dn} being the person: \"(member={dn})\"."},
      {"ldap", "roles", &Config::ldap_roles, "[]", F::kRoleOfGroup, 0, 0, "", kReload,
       "Roles by group, \"cn=soc,ou=groups,dc=example,dc=org=analyst\"; the first that fits is taken at "
       "every "
       "sign-in, and whom none fits may not sign in. Empty: roles are given in Vedette, and a new account is "
       "a viewer."},
      {"ldap", "create_accounts", &Config::ldap_create_accounts, "false", F::kAny, 0, 0, "", kReload,
       "Make an account at the first sign-in of somebody who has none."},

      {"metrics", "token", &Config::metrics_token, "\"\"", F::kAny, 0, 0, "", kReload,
       "Bearer token with which a Prometheus server may read /metrics. Empty: only API tokens with scope "
       "health:read or read."},
      {"metrics", "loopback_open", &Config::metrics_loopback_open, "true", F::kAny, 0, 0, "", kReload,
       "Let requests from this machine read /metrics without a token."},

      {"store", "readers", &Config::store_readers, "4", F::kAny, 1, 64, "connections", kRestart,
       "Connections that read the database beside the one writer."},
      {"store", "write_queue", &Config::store_write_queue, "4096", F::kAny, 64, 1'000'000, "writes", kRestart,
       "Writes that may wait; a further one waits for room."},

      {"desk", "mail_language", &Config::mail_language, "\"vi\"", F::kLanguage, 0, 0, "", kRestart,
       "Language of notifications: vi or en."},
      {"desk", "senders", &Config::senders, "8", F::kAny, 1, 64, "threads", kRestart,
       "Notifications that are sent at one time."},
      {"desk", "lease_seconds", &Config::lease_seconds, "30", F::kAny, 5, 600, "seconds", kRestart,
       "A notification whose sender does not report back for so long is sent again under the same key."},
      {"desk", "allow_loopback_webhooks", &Config::allow_loopback_webhooks, "true", F::kAny, 0, 0, "",
       kRestart, "Let webhooks go to services on this machine."},
      {"desk", "closed_alert_days", &Config::closed_alert_days, "1825", F::kAny, 0, 36'500, "days", kReload,
       "A closed alert goes so long after it was closed, with its findings, timeline, notifications and the "
       "snapshots that are its evidence; what is open and the audit log stay. 0: for ever. Ask your lawyer "
       "for the "
       "least your law allows: in Vietnam 12 months for system logs (Decree 53/2022/NĐ-CP, Art. 27), "
       "unverified."},
      {"desk", "playbooks", &Config::playbooks, "\"\"", F::kAny, 0, 0, "", kRestart,
       "Folder with the organisation's own playbooks (*.toml), over those that come with Vedette "
       "(docs/desk.md). Empty: none."},
      {"desk", "mailboxes", &Config::mailboxes, "\"\"", F::kAny, 0, 0, "", kRestart,
       "Folder with a file (*.toml) for each mailbox that authorities write to; what comes there becomes "
       "directives and advisories that nobody has verified yet (docs/intake.md). Empty: none."},
      {"desk", "handover_minutes", &Config::handover_minutes, "0", F::kAny, 0, 1'440, "minutes", kReload,
       "A change of shift in the first tier of a roster raises an alert when so long after it no handover is "
       "signed by both. 0: none."},
      {"desk", "regimes", &Config::regimes, "\"\"", F::kAny, 0, 0, "", kRestart,
       "Folder with the organisation's own regimes/*.toml, holidays/*.toml and forms/*.toml, over those that "
       "come with Vedette (docs/clocks.md, docs/reports.md). Empty: none."},

      {"sites", "interval_seconds", &Config::interval_seconds, "60", F::kAny, 5, 86'400, "seconds", kReload,
       "Time between two checks of a site that names no interval of its own."},
      {"sites", "learn_fetches", &Config::learn_fetches, "8", F::kAny, 2, 100, "fetches", kReload,
       "Fetches from which a page is learnt before it is judged."},
      {"sites", "fetch_parallel", &Config::fetch_parallel, "512", F::kAny, 1, 10'000, "fetches", kReload,
       "Fetches that run at one time."},
      {"sites", "fetch_per_host", &Config::fetch_per_host, "4", F::kAny, 1, 64, "fetches", kReload,
       "Of these, at one host."},
      {"sites", "judge_threads", &Config::judge_threads, "2", F::kAny, 1, 128, "threads", kRestart,
       "Threads that judge fetched pages."},
      {"sites", "page_bytes_max", &Config::page_bytes_max, "8388608", F::kAny, 65'536, 268'435'456, "bytes",
       kReload, "Largest page that is read, after decompression."},
      {"sites", "fetch_timeout_seconds", &Config::fetch_timeout_seconds, "20", F::kAny, 1, 300, "seconds",
       kReload, "Longest time of one fetch, redirects included."},
      {"sites", "dns_interval_seconds", &Config::dns_interval_seconds, "300", F::kAny, 0, 86'400, "seconds",
       kReload, "Time between two looks at a site's DNS records. 0: never; 1 to 59 count as 60."},
      {"sites", "resource_interval_seconds", &Config::resource_interval_seconds, "600", F::kAny, 0, 86'400,
       "seconds", kReload,
       "Time between two visits to a site's linked scripts and style sheets, at most 8 of them each time. 0: "
       "never; 1 to 59 count as 60."},
      {"sites", "cloak_interval_seconds", &Config::cloak_interval_seconds, "3600", F::kAny, 0, 604'800,
       "seconds", kReload,
       "Time between two looks at what search robots, visitors from a search and phones are shown: five "
       "fetches each time. 0: never; 1 to 59 count as 60."},
      {"sites", "render_interval_seconds", &Config::render_interval_seconds, "21600", F::kAny, 600, 604'800,
       "seconds", kReload, "Time between two looks through the browser at a page that raises no suspicion."},
      {"sites", "allow_loopback", &Config::allow_loopback, "false", F::kAny, 0, 0, "", kReload,
       "Let sites on this machine be watched. The sample site of the tour is watched in any case. Link-local "
       "and cloud "
       "metadata addresses are always refused."},
      {"sites", "inner_hosts", &Config::inner_hosts, "[]", F::kHost, 0, 0, "", kReload,
       "Hosts of the own network that pages of the outside may lead to, by a redirect or a linked file. The "
       "hosts of "
       "watched sites are among them; all others are refused."},
      {"sites", "dns_resolvers", &Config::dns_resolvers, "[]", F::kResolver, 0, 0, "", kReload,
       "Name servers whose answers are compared, as address or address:port. Empty: the system's."},
      {"sites", "proxy", &Config::proxy, "\"\"", F::kAny, 0, 0, "", kReload,
       "Proxy for fetches, http://user:password@host:port; a secret because it may hold a password."},
      {"sites", "user_agent", &Config::user_agent, "\"\"", F::kAny, 0, 0, "", kReload,
       "User-Agent of fetches. Empty: Vedette's own."},
      {"sites", "ca_file", &Config::ca_file, "\"\"", F::kFile, 0, 0, "", kReload,
       "PEM file of certificate authorities that are trusted for sites. Empty: the system's."},
      {"sites", "chromium", &Config::chromium, "\"\"", F::kAny, 0, 0, "", kRestart,
       "Path of Chromium for rendering. Empty: look for one; \"none\": do not render."},
      {"sites", "ocr", &Config::ocr, "true", F::kAny, 0, 0, "", kReload,
       "Read the text of pictures (tesseract, Vietnamese and English)."},
      {"sites", "snapshot_retention_days", &Config::snapshot_retention_days, "90", F::kAny, 1, 3'650, "days",
       kReload, "Snapshots that are no evidence of an alert are kept so long."},
      {"sites", "snapshot_bytes_max", &Config::snapshot_bytes_max, "10737418240", F::kAny, 104'857'600,
       1'099'511'627'776, "bytes", kReload,
       "Room for snapshots; the oldest go first, but none that is evidence of an alert "
       "(desk.closed_alert_days)."},

      {"agents", "listen", &Config::agents_listen, "\"\"", F::kListenOrNone, 0, 0, "", kRestart,
       "Address and port where agents report, always with mutual TLS under a certificate of Vedette's own. "
       "Empty: no agents."},
      {"agents", "url", &Config::agents_url, "\"\"", F::kUrl, 0, 0, "", kRestart,
       "Address under which agents reach listen; it goes into the command that enrols them. Empty: made from "
       "listen."},
      {"agents", "silent_seconds", &Config::agents_silent_seconds, "120", F::kAny, 60, 86'400, "seconds",
       kRestart, "A host that is not heard of for so long is an alert."},
      {"agents", "order_minutes", &Config::agents_order_minutes, "60", F::kAny, 1, 1'440, "minutes", kRestart,
       "What is asked of a host and not done by it for so long expires."},
      {"agents", "records_per_minute", &Config::agents_records_per_minute, "6000", F::kAny, 500, 1'000'000,
       "records", kRestart, "What one host may report in a minute; the rest waits on the host."},
      {"agents", "bytes_per_minute", &Config::agents_bytes_per_minute, "67108864", F::kAny, 4'194'304,
       17'179'869'184, "bytes", kRestart, "The same in bytes."},
      {"agents", "log_bytes_per_minute", &Config::agents_log_bytes_per_minute, "268435456", F::kAny,
       4'194'304, 17'179'869'184, "bytes", kRestart,
       "How much of its logs one host may send in a minute, beside that."},

      {"logs", "enabled", &Config::log_enabled, "false", F::kAny, 0, 0, "", kRestart,
       "Take, search and examine logs. The events are kept in <data_dir>/events."},
      {"logs", "rules", &Config::log_rules, "[]", F::kFolder, 0, 0, "", kReload,
       "Folders and files of Sigma rules, for example a checkout of SigmaHQ."},
      {"logs", "own_rules", &Config::log_own_rules, "true", F::kAny, 0, 0, "", kReload,
       "Use the rules that come with Vedette as well."},
      {"logs", "alert_from", &Config::log_alert_from, "\"medium\"", F::kSeverity, 0, 0, "", kRestart,
       "Least severity of a rule whose match is an alert; a match of a lower one is kept with the event."},
      {"logs", "syslog_udp", &Config::log_syslog_udp, "\"\"", F::kListenOrNone, 0, 0, "", kRestart,
       "Address and port for syslog over UDP. It cannot wait: what does not fit is dropped and counted. "
       "Empty: none."},
      {"logs", "syslog_tcp", &Config::log_syslog_tcp, "\"\"", F::kListenOrNone, 0, 0, "", kRestart,
       "Address and port for syslog over TCP. Empty: none."},
      {"logs", "syslog_tls", &Config::log_syslog_tls, "\"\"", F::kListenOrNone, 0, 0, "", kRestart,
       "Address and port for syslog over TLS, under server.tls_certificate. Empty: none."},
      {"logs", "eve_stream", &Config::log_eve_stream, "\"\"", F::kAny, 0, 0, "", kRestart,
       "Unix socket on which Suricata's EVE output of filetype unix_stream is taken, an absolute path. "
       "Empty: "
       "none."},
      {"logs", "eve_datagrams", &Config::log_eve_datagrams, "\"\"", F::kAny, 0, 0, "", kRestart,
       "The same for filetype unix_dgram."},
      {"logs", "time_zone", &Config::log_time_zone, "\"\"", F::kAny, 0, 0, "", kRestart,
       "Zone of times in logs that tell none, for example \"Asia/Ho_Chi_Minh\". Empty: this machine's."},
      {"logs", "lateness_seconds", &Config::log_lateness_seconds, "10", F::kAny, 1, 3'600, "seconds",
       kRestart,
       "Correlations wait so long for events that come out of order; their alerts come so much later. What "
       "comes "
       "later than that is counted as late and still counts where its window is kept."},
      {"logs", "clock_ahead_seconds", &Config::log_clock_ahead_seconds, "300", F::kAny, 0, 86'400, "seconds",
       kRestart,
       "An event whose time is further ahead of its receipt is taken as of its receipt, and counted at its "
       "source."},
      {"logs", "event_age_days", &Config::log_event_age_days, "30", F::kAny, 1, 36'500, "days", kRestart,
       "The same for an event whose time is longer ago. Raise it before old logs are brought in."},
      {"logs", "keep_months", &Config::log_keep_months, "12", F::kAny, 1, 120, "months", kRestart,
       "Events are kept at least so long. Some duties ask for 3, 6 or 12 months."},
      {"logs", "silent_seconds", &Config::log_silent_seconds, "900", F::kAny, 60, 604'800, "seconds",
       kRestart, "A source that sent events and sends none for so long is an alert."},
      {"logs", "memory_mib", &Config::log_memory_mib, "256", F::kAny, 64, 65'536, "MiB", kRestart,
       "Memory that the event store may use."},
      {"logs", "size_max_gib", &Config::log_size_max_gib, "0", F::kAny, 0, 1'048'576, "GiB", kRestart,
       "Room for sealed days; 0: as much as there is."},
      {"logs", "disk_reserve_mib", &Config::log_disk_reserve_mib, "1024", F::kAny, 0, 1'048'576, "MiB",
       kRestart, "With less free space than this no more events are taken."},
      {"logs", "drop_oldest", &Config::log_drop_oldest, "false", F::kAny, 0, 0, "", kRestart,
       "Without room remove the oldest day before its time, instead of taking no more events."},

      {"tour", "enabled", &Config::tour_enabled, "true", F::kAny, 0, 0, "", kReload,
       "Offer the tour with its sample site on another loopback port."},
      {"tour", "interval_seconds", &Config::tour_interval_seconds, "3", F::kAny, 1, 60, "seconds", kReload,
       "Time between two checks of the sample site."},
  };
  return keys;
}

}  // namespace

std::span<const ConfigKey> config_keys() { return table(); }

std::string_view section_title(std::string_view section) {
  if (section == "server") return "The server, its address and its limits";
  if (section == "log") return "Vedette's own log: JSON lines with ECS names on standard error";
  if (section == "accounts") return "Accounts and sessions";
  if (section == "oidc") return "Signing in with OpenID Connect (docs/accounts.md)";
  if (section == "ldap") return "Signing in with an LDAP directory (docs/accounts.md)";
  if (section == "metrics") return "Prometheus metrics";
  if (section == "store") return "The state database";
  if (section == "desk") return "Alerts and notifications";
  if (section == "sites") return "The site watch";
  if (section == "agents") return "Agents on watched hosts";
  if (section == "logs") return "The log watch";
  if (section == "tour") return "The tour for newcomers";
  VEDETTE_ASSERT(false && "every section has a title");
  return {};
}

const ConfigKey* find_key(std::string_view section, std::string_view name) {
  for (const auto& key : config_keys()) {
    if (key.section == section && key.name == name) return &key;
  }
  return nullptr;
}

}  // namespace vedette::server
