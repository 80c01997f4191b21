// Hosts: the hosts whose agent reports here; who they are, when they were heard of, and what they told.
//
// An agent comes with a one-time token and a request for its certificate (PKCS #10), and is known by that
// certificate from then on; a renewed one takes its place when it is first seen. Its records are taken in the
// order of their numbers: a batch, what follows from it at the desk, and the number reached are one
// transaction, so a batch that is sent again is passed over. A number that never came, a record that cannot
// be read, a spool that was begun anew, a host that is not heard of and one that stays at its quota are
// findings. All calls are thread-safe; those that change something are durable when they return.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/signature.h"
#include "desk/desk.h"
#include "net/certificate_authority.h"
#include "server/hosts/file_incident_store.h"
#include "server/hosts/host_news.h"
#include "server/hosts/host_orders.h"
#include "server/hosts/host_quota.h"
#include "server/hosts/host_state.h"
#include "server/hosts/join_web_root.h"
#include "server/hosts/policy.h"
#include "store/database.h"

namespace vedette::server {

std::span<const store::Migration> host_migrations();

struct HostFacts {  // as the agent tells them; at most 200 bytes each
  std::string name, os, kernel, arch, version;
};

struct Host {
  std::string id;
  HostFacts facts;
  std::string given_name;  // by a person; goes before what the host calls itself
  std::string group;
  std::string address;
  std::string certificate_sha256;
  WallTime certificate_not_after{}, enrolled_at{}, last_seen_at{};
  std::optional<WallTime> revoked_at;
  std::optional<std::int64_t> clock_skew_ms;  // the host's clock less the server's
  bool silent = false;                        // and the desk was told
  std::string epoch;                          // of the agent's spool
  std::uint64_t sequence = 0;                 // everything up to it is stored
  std::uint64_t gaps = 0;                     // records that never came
  std::int64_t policy_version = 1;            // rises with every change of its group or its group's policy
  std::optional<HostState> state;             // nothing: its agent does not tell
  std::int64_t open_incidents = 0;

  const std::string& name() const { return given_name.empty() ? facts.name : given_name; }
  std::string_view standing() const { return revoked_at ? "revoked" : silent ? "silent" : "ok"; }
};

struct AgentRecord {
  std::uint64_t sequence = 0;
  std::string body;  // JSON: {"kind":"finding","finding":{…}} and others, see agent_records.cpp
};

class Hosts {
 public:
  struct Options {
    std::chrono::hours certificate_life{24 * 365};
    std::chrono::seconds silent_after{120};
    std::chrono::seconds order_life{3'600};
    std::size_t records_max = 500;  // in a batch
    HostQuota::Limits quota;
    HostQuota::Limits log_quota{.records = 600'000, .bytes = 256ll << 20};  // of logs alone
  };
  // `site_of_host` may be empty.
  Hosts(Options options, store::Database& database, desk::Desk& desk,
        const net::CertificateAuthority& authority, const SigningKey& key, SiteOfHost site_of_host,
        const Clock& clock);

  struct Enrolment {
    std::string id, group, note, created_by;
    WallTime created_at{}, expires_at{};
    std::optional<WallTime> used_at;
    std::string host_id;  // that used it
    std::string token;    // of make_enrolment() alone: it is shown once; the store has its SHA-256
  };
  Result<Enrolment> make_enrolment(const std::string& group, const std::string& note,
                                   std::chrono::seconds life, const std::string& by);
  struct EnrolmentPage {
    std::vector<Enrolment> items;  // newest first
    std::string next_cursor;
  };
  Result<EnrolmentPage> enrolments(const std::string& cursor, std::size_t limit);
  Result<void> cancel_enrolment(const std::string& id, const std::string& by);  // kNotFound: used, or none

  struct Enrolled {
    std::string host_id;
    net::IssuedCertificate certificate;
  };
  // kUnauthorized: the token is unknown, used or expired. kInvalid: the request or the facts are wrong; the
  // token is still good then.
  Result<Enrolled> enrol(const std::string& token, const std::string& signing_request, HostFacts facts,
                         const std::string& address);
  // The certificate it came with stays good until it comes with the new one.
  Result<net::IssuedCertificate> renew(const Host& host, const std::string& signing_request);
  const std::string& command_key() const { return key_.public_key(); }

  // By what Request::client_certificate shows. kUnauthorized: unknown or revoked.
  Result<Host> identify(const std::string& certificate_sha256);
  // Asked before anything else of a known host is done.
  Result<HostQuota::Verdict> admit(const Host& host, HostQuota::Call call, std::size_t bytes);

  struct Beat {
    std::vector<SignedText> orders;
    std::optional<SignedText> policy;  // nothing: the agent has it
    bool soon = false;                 // something is under way on this host: be heard of again soon
  };
  Result<Beat> heard(const Host& host, const HostFacts& facts, const std::string& address,
                     std::optional<WallTime> host_clock, const std::optional<HostState>& state);
  // The number up to which everything is stored now. kLimit: more than records_max; kInvalid: numbers that do
  // not rise.
  Result<std::uint64_t> take(const Host& host, const std::string& epoch,
                             const std::vector<AgentRecord>& records);

  struct Query {
    std::string state = {}, group = {}, text = {};  // empty: any; state: "ok", "silent", "revoked"
    std::string cursor = {};
    std::size_t limit = 100;
  };
  struct Page {
    std::vector<Host> items;  // by name
    std::string next_cursor;
  };
  Result<Page> list(const Query& query);
  Result<Host> get(const std::string& id);
  Result<Host> change(const std::string& id, const std::optional<std::string>& name,
                      const std::optional<std::string>& group, const std::string& by);
  Result<void> revoke(const std::string& id, const std::string& by);

  struct Group {
    Policy policy;
    std::int64_t hosts = 0;  // that are not revoked
  };
  Result<std::vector<Group>> groups();
  Result<Group> save_group(const Policy& policy, const std::string& by);

  Result<IncidentPage> incidents(const std::string& host_id, const std::string& cursor, std::size_t limit);
  Result<IncidentDetail> incident(const std::string& id);
  Result<std::string> incident_state(const std::string& id);
  HostOrders& orders() { return orders_; }
  HostNews& news() { return news_; }

  // Tells the desk of hosts that have not been heard of, and ends orders whose time is over; call it every
  // few seconds. A server that was away itself gives the hosts their time anew.
  Result<void> tick();

 private:
  struct Batch;
  Result<void> sort_in(const Host& host, const AgentRecord& record, Batch& batch);
  Result<Finding> finding_of(const Host& host, const boost::json::value& body) const;
  Finding own_finding(const Host& host, std::string_view kind, Severity severity,
                      std::map<std::string, std::string> arguments) const;
  Result<Host> load(store::Session& session, const std::string& id) const;
  Result<void> ensure_group(store::Session& session, const std::string& group) const;
  bool worth_telling(const Host& host, const std::optional<HostState>& state);

  const Options options_;
  store::Database& database_;
  desk::Desk& desk_;
  const net::CertificateAuthority& authority_;
  const SigningKey& key_;
  const SiteOfHost site_of_host_;
  const Clock& clock_;
  const SteadyTime started_;
  HostNews news_;
  HostOrders orders_;
  HostQuota quota_, log_quota_;
  std::mutex told_mutex_;
  std::map<std::string, SteadyTime> told_;  // when consoles were last told of a sign of life
};

}  // namespace vedette::server
