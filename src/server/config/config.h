// Config: the settings of one run, as an immutable snapshot. Where a setting comes from, its bounds and its
// words are in config_keys.cpp; this struct only holds the values. Plain value; shared between threads as
// shared_ptr<const Config>.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace vedette::server {

struct Config {
  // [server]
  std::string data_dir;
  std::string listen;  // "address:port", IPv6 in brackets
  std::string public_url;
  std::string tls_certificate, tls_key;
  std::vector<std::string> trusted_proxies;
  std::int64_t io_threads = 0, worker_threads = 0, connections_max = 0, streams_max = 0,
               request_timeout_seconds = 0;
  // [log]
  std::string log_level;
  // [accounts]
  std::int64_t session_idle_minutes = 0, session_hours_max = 0, password_length_min = 0;
  std::string second_factor;  // "optional", "lead", "all"
  std::int64_t second_factor_grace_hours = 0;
  std::int64_t sign_in_attempts = 0, sign_in_window_minutes = 0, setup_link_hours = 0;
  // [oidc]
  std::string oidc_issuer;  // empty: nobody signs in so
  std::string oidc_label, oidc_client_id;
  Secret oidc_client_secret;
  std::vector<std::string> oidc_scopes;
  std::string oidc_username_claim, oidc_groups_claim;
  std::vector<std::string> oidc_roles;  // "group=role"
  bool oidc_create_accounts = false, oidc_link_accounts = false;
  std::vector<std::string> oidc_second_factor;  // values of amr and acr
  std::string oidc_ca_file;
  // [ldap]
  std::string ldap_url;  // empty: no directory
  bool ldap_start_tls = false;
  std::string ldap_ca_file, ldap_bind_dn;
  Secret ldap_bind_password;
  std::string ldap_base_dn, ldap_user_filter, ldap_id_attribute, ldap_name_attribute, ldap_groups_attribute,
      ldap_group_filter;
  std::vector<std::string> ldap_roles;  // "group's DN=role"
  bool ldap_create_accounts = false;
  // [metrics]
  Secret metrics_token;
  bool metrics_loopback_open = false;
  // [store]
  std::int64_t store_readers = 0, store_write_queue = 0;
  // [desk]
  std::string mail_language;
  std::int64_t senders = 0, lease_seconds = 0;
  std::int64_t closed_alert_days = 0;  // 0: for ever
  std::string playbooks;               // folder; empty: the built-in ones alone
  std::int64_t handover_minutes = 0;   // 0: nothing is reported
  std::string mailboxes;               // folder; empty: no mail is taken in
  std::string regimes;                 // folder; empty: the built-in ones alone
  bool allow_loopback_webhooks = false;
  // [sites]
  std::int64_t interval_seconds = 0, learn_fetches = 0, fetch_parallel = 0, fetch_per_host = 0,
               judge_threads = 0;
  std::int64_t page_bytes_max = 0, fetch_timeout_seconds = 0, snapshot_retention_days = 0,
               snapshot_bytes_max = 0;
  std::int64_t dns_interval_seconds = 0, resource_interval_seconds = 0, cloak_interval_seconds = 0,
               render_interval_seconds = 0;
  bool allow_loopback = false, ocr = false;
  std::vector<std::string> inner_hosts, dns_resolvers;
  Secret proxy;
  std::string user_agent, ca_file, chromium;
  // [agents]
  std::string agents_listen;  // empty: no agents
  std::string agents_url;
  std::int64_t agents_silent_seconds = 0, agents_order_minutes = 0, agents_records_per_minute = 0,
               agents_bytes_per_minute = 0, agents_log_bytes_per_minute = 0;
  // [logs]
  bool log_enabled = false, log_own_rules = false;
  std::vector<std::string> log_rules;
  std::string log_syslog_udp, log_syslog_tcp, log_syslog_tls;  // empty: not taken
  std::string log_eve_stream, log_eve_datagrams;               // paths of sockets; empty: none
  std::string log_alert_from, log_time_zone;
  std::int64_t log_keep_months = 0, log_silent_seconds = 0, log_memory_mib = 0, log_disk_reserve_mib = 0,
               log_size_max_gib = 0;
  std::int64_t log_lateness_seconds = 0, log_clock_ahead_seconds = 0, log_event_age_days = 0;
  bool log_drop_oldest = false;
  // [tour]
  bool tour_enabled = false;
  std::int64_t tour_interval_seconds = 0;

  bool operator==(const Config&) const = default;
};

struct Listen {
  std::string address;
  std::uint16_t port = 0;
  bool loopback = false;
};
// The parts of a checked `listen` value; asserts its form.
Listen listen_parts(const Config& config);
Listen listen_parts(std::string_view listen);

}  // namespace vedette::server
