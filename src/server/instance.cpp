#include "server/instance.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <boost/json.hpp>
#include <fstream>

#include "base/id.h"
#include "base/log.h"
#include "desk/desk.h"
#include "desk/intake/intake_poller.h"
#include "desk/periods/situation.h"
#include "net/http_client.h"
#include "net/url.h"
#include "server/advisories/advisory_pages.h"
#include "server/api/api.h"
#include "server/api/openapi.h"
#include "server/api/own_answers.h"
#include "server/blind_items.h"
#include "server/break_glass_finding.h"
#include "server/hosts/agents.h"
#include "server/ldap/directory.h"
#include "server/live_feed.h"
#include "server/logs/advisory_watch.h"
#include "server/logs/bulk_routes.h"
#include "server/logs/log_migrations.h"
#include "server/logs/log_service.h"
#include "server/oidc/provider.h"
#include "server/oidc/sign_in_flow.h"
#include "server/options.h"
#include "server/pages/console_files.h"
#include "server/pages/oidc_pages.h"
#include "server/pages/pages.h"
#include "server/server_life.h"
#include "server/service_routes.h"
#include "server/tour/tour.h"
#include "server/version.h"
#include "sites/watch/examiner.h"
#include "store/file_lock.h"

namespace vedette::server {
namespace json = boost::json;

namespace {

constexpr auto kStopGrace = std::chrono::milliseconds(5'000);
constexpr auto kHousekeeping = std::chrono::hours(1);
constexpr auto kClockCheck = std::chrono::seconds(30);
constexpr auto kStoreCheck = std::chrono::seconds(10);
constexpr auto kDutyCheck = std::chrono::minutes(1);
constexpr auto kHeartbeatCheck = std::chrono::seconds(5);

std::vector<store::Migration> all_migrations() {
  std::vector<store::Migration> out;
  for (auto family : {account_migrations(), desk::desk_migrations(), sites::site_migrations(),
                      host_migrations(), log_migrations(), advisory_page_migrations()})
    out.insert(out.end(), family.begin(), family.end());
  return out;
}

// The watched site at a host name, as the site watch names it.
SiteOfHost site_of_host(sites::SiteWatch& watch) {
  return [&watch](std::string_view host) -> std::optional<Asset> {
    auto listed = watch.list({std::string(host), "", "", {"", 100}});
    if (!listed) return std::nullopt;
    for (const auto& site : listed->items) {
      if (net::host_of(site.config.url) == host) return sites::asset_of(site);
    }
    return std::nullopt;
  };
}

Result<void> make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    return fail(
        ErrorCode::kUnavailable,
        fmt::format(
            "the data folder {} cannot be made ({}); create it for Vedette's user, or set server.data_dir",
            folder.string(), error.message()));
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  return {};
}

Result<void> write_local_access(const DataFolder& folder, const LocalAccess& access) {
  auto path = folder.local_access();
  auto next = path;
  next += ".new";
  int fd = ::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  auto text = json::serialize(json::object{
                  {"url", access.url}, {"token", access.token}, {"pinned_key", access.pinned_key}}) +
              "\n";
  bool written = fd >= 0 && ::fchmod(fd, 0600) == 0 &&
                 ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (fd >= 0) ::close(fd);
  if (!written || ::rename(next.c_str(), path.c_str()) != 0)
    return fail(ErrorCode::kUnavailable,
                fmt::format("{} cannot be written; check the disk and the folder's owner", path.string()));
  return {};
}

// On an I/O thread, of every response.
void finish_response(const net::Request& request, net::Response& response) {
  say_own_answer(request, response);
  set_security_headers(request, response);
}

}  // namespace

Result<LocalAccess> read_local_access(const DataFolder& folder) {
  std::ifstream in(folder.local_access());
  std::string text;
  if (!in || !std::getline(in, text))
    return fail(ErrorCode::kNotFound, fmt::format("no server runs on {}", folder.root.string()));
  json::error_code error;
  auto value = json::parse(text, error);
  const auto* object = error ? nullptr : value.if_object();
  const auto* url = object ? object->if_contains("url") : nullptr;
  const auto* token = object ? object->if_contains("token") : nullptr;
  const auto* pin = object ? object->if_contains("pinned_key") : nullptr;
  if (!url || !token || !pin || !url->is_string() || !token->is_string() || !pin->is_string())
    return fail(ErrorCode::kCorrupt,
                fmt::format("{} is damaged; restart the server", folder.local_access().string()));
  return LocalAccess{std::string(url->get_string()), std::string(token->get_string()),
                     std::string(pin->get_string())};
}

Principal local_command() {
  Principal out;
  out.kind = Principal::Kind::kToken;
  out.name = "local command";
  out.scopes = {std::string(scope::kAdmin)};
  return out;
}

struct Instance::Parts {
  Parts(LiveConfig& live, const Clock& the_clock, Metrics& the_metrics, store::FileLock the_lock,
        std::shared_ptr<const Config> config, std::uint16_t the_port)
      : config(live),
        clock(the_clock),
        metrics(the_metrics),
        folder{config->data_dir},
        lock(std::move(the_lock)),
        port(the_port) {}

  LiveConfig& config;
  const Clock& clock;
  Metrics& metrics;
  const DataFolder folder;
  const store::FileLock lock;
  const std::uint16_t port;
  std::string public_url, openapi, local_token;
  // In the order of their making; destroyed the other way round.
  std::unique_ptr<store::Database> database;
  std::unique_ptr<desk::Desk> desk;
  std::unique_ptr<desk::Rosters> rosters;
  std::unique_ptr<desk::Periods> periods;
  std::unique_ptr<desk::Heartbeats> heartbeats;
  std::unique_ptr<desk::Incidents> incidents;
  std::unique_ptr<desk::Reports> reports;
  std::unique_ptr<desk::Playbooks> playbooks;
  std::unique_ptr<desk::IncidentTasks> tasks;
  std::unique_ptr<desk::IncidentObservables> observables;
  std::unique_ptr<desk::EvidenceVault> evidence;
  std::unique_ptr<desk::Advisories> advisories;
  std::unique_ptr<desk::Directives> directives;
  std::unique_ptr<desk::Intake> intake;
  std::unique_ptr<desk::IntakePoller> mailboxes;
  std::unique_ptr<desk::Units> units;
  std::unique_ptr<sites::SiteWatch> sites;
  std::unique_ptr<AdvisoryPages> advisory_pages;
  std::unique_ptr<LdapDirectory> directory;
  std::unique_ptr<Accounts> accounts;
  std::unique_ptr<OidcProvider> oidc;
  std::unique_ptr<SignInFlows> sign_in_flows;
  std::unique_ptr<Tour> tour;
  std::unique_ptr<Agents> agents;                 // null: none are taken
  std::unique_ptr<LogService> logs;               // null: none are taken
  std::unique_ptr<AdvisoryWatch> advisory_watch;  // null: as `logs`
  std::unique_ptr<desk::Handovers> handovers;
  std::unique_ptr<Api> api;
  std::unique_ptr<Idempotency> idempotency;
  std::unique_ptr<Dispatch> dispatch;
  std::unique_ptr<net::HttpServer> http;
  std::unique_ptr<LiveFeed> feed;
  bool started = false;
  bool store_ok = true;
  SteadyTime next_housekeeping{}, next_store_check{}, next_heartbeat_check{}, next_clock_check{},
      next_duty_check{};
};

Instance::Instance(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Instance::~Instance() { stop(); }

Result<std::unique_ptr<Instance>> Instance::open(LiveConfig& live, const Clock& clock, Metrics& metrics) {
  auto config = live.current();
  DataFolder folder{config->data_dir};
  TRY(make_folder(folder.root));
  auto lock = store::FileLock::take(folder.lock_name(), store::FileLock::Kind::kExclusive);
  if (!lock && lock.error().code() == ErrorCode::kConflict)
    return fail(ErrorCode::kConflict,
                fmt::format("another Vedette process works on the data folder {}; stop it first, or name "
                            "another folder with --data or server.data_dir",
                            folder.root.string()));
  if (!lock) return std::unexpected(std::move(lock).error());
  TRY_ASSIGN(auto port, settled_port(*config));
  auto parts = std::make_unique<Parts>(live, clock, metrics, *std::move(lock), config, port);
  parts->public_url = public_url(*config, port);

  auto migrations = all_migrations();
  store::DatabaseOptions store_options{folder.database(), static_cast<std::size_t>(config->store_readers),
                                       static_cast<std::size_t>(config->store_write_queue), 1024};
  TRY_ASSIGN(parts->database, store::open_sqlite(store_options, migrations, clock, metrics));
  parts->desk = desk::make_desk(desk_options(*config, parts->public_url), *parts->database, clock, metrics);
  parts->rosters = std::make_unique<desk::Rosters>(*parts->database, *parts->desk, clock);
  parts->periods = std::make_unique<desk::Periods>(*parts->database, *parts->desk, clock);
  parts->heartbeats = std::make_unique<desk::Heartbeats>(*parts->database, *parts->desk, clock);
  TRY_ASSIGN(auto regimes, regime_set(*config));
  TRY_ASSIGN(auto forms, form_set(*config, *regimes));
  parts->incidents = std::make_unique<desk::Incidents>(*parts->database, *parts->desk, clock, regimes);
  parts->reports = std::make_unique<desk::Reports>(*parts->database, clock, regimes, std::move(forms));
  TRY_ASSIGN(auto playbooks, playbook_set(*config));
  parts->playbooks = std::make_unique<desk::Playbooks>(*parts->database, clock, std::move(playbooks));
  parts->tasks = std::make_unique<desk::IncidentTasks>(*parts->incidents, *parts->database, clock);
  parts->observables =
      std::make_unique<desk::IncidentObservables>(*parts->incidents, *parts->database, clock);
  auto master_key = folder.database();
  master_key += ".key";
  TRY_ASSIGN(parts->evidence,
             desk::EvidenceVault::open(*parts->incidents, *parts->database, clock, folder.evidence(),
                                       master_key, folder.evidence_key()));
  parts->units = std::make_unique<desk::Units>(*parts->database, clock);
  TRY_ASSIGN(parts->directives,
             desk::Directives::open(*parts->database, *parts->desk, clock, folder.directives(), master_key));
  parts->advisories = std::make_unique<desk::Advisories>(*parts->database, *parts->desk, clock);
  parts->intake = std::make_unique<desk::Intake>(*parts->database, *parts->desk, *parts->directives,
                                                 *parts->advisories, clock);
  TRY_ASSIGN(auto mailboxes, intake_mailboxes(*config));
  parts->mailboxes = std::make_unique<desk::IntakePoller>(*parts->intake, std::move(mailboxes), clock);
  parts->sites = sites::make_site_watch(site_options(*config, folder.snapshots()), *parts->database,
                                        *parts->desk, clock, metrics);
  parts->advisory_pages = std::make_unique<AdvisoryPages>(*parts->advisories, *parts->sites, *parts->desk,
                                                          *parts->database, clock);
  auto current = [&live] { return live.current(); };
  TRY_ASSIGN(auto master, store::load_key_file(parts->database->path().string() + ".key"));
  parts->accounts = std::make_unique<Accounts>(*parts->database, master, clock, current);
  parts->accounts->use_alarm(
      [p = parts.get()](const User& user, const Peer& peer, const store::Database::Write& also) {
        return p->desk->report_alongside({break_glass_finding(user, peer, p->clock)}, also);
      });
  parts->directory = std::make_unique<LdapDirectory>(current);
  parts->accounts->use_directory(
      [ldap = parts->directory.get()](const std::string& name, const std::string& password) {
        if (!ldap->on())
          return Result<ExternalPerson>(fail(ErrorCode::kUnauthorized, "no directory is set up"));
        return ldap->sign_in(name, password);
      });
  parts->oidc = std::make_unique<OidcProvider>(clock, current);
  parts->sign_in_flows = std::make_unique<SignInFlows>(master, clock);
  parts->tour = std::make_unique<Tour>(*parts->sites, *parts->desk, current, clock, metrics);
  Parts* p = parts.get();
  if (config->log_enabled) {
    TRY_ASSIGN(parts->logs,
               LogService::open(*config, folder.events(), *parts->database, *parts->desk, clock, metrics));
    parts->advisory_watch = std::make_unique<AdvisoryWatch>(*parts->advisories, parts->logs->watch(),
                                                            parts->logs->events(), clock);
  }
  if (!config->agents_listen.empty()) {
    TRY_ASSIGN(parts->agents, Agents::open(*config, folder.agents(), *parts->database, *parts->desk,
                                           site_of_host(*parts->sites), parts->logs.get(), clock, metrics));
  }
  parts->handovers = std::make_unique<desk::Handovers>(
      *p->database, *p->desk, *p->rosters, *p->incidents, *p->reports, clock,
      [p] { return blind_items({*p->sites, p->logs.get(), p->agents.get(), p->clock}); });
  parts->api = std::make_unique<Api>(Api{*p->database,
                                         *p->desk,
                                         *p->rosters,
                                         *p->heartbeats,
                                         *p->incidents,
                                         *p->reports,
                                         *p->handovers,
                                         *p->periods,
                                         *p->playbooks,
                                         *p->tasks,
                                         *p->observables,
                                         *p->evidence,
                                         *p->advisories,
                                         *p->directives,
                                         *p->intake,
                                         *p->mailboxes,
                                         *p->units,
                                         *p->sites,
                                         *p->accounts,
                                         *p->tour,
                                         live,
                                         clock,
                                         std::string(version()),
                                         clock.wall(),
                                         [p] { return p->openapi; },
                                         p->agents.get(),
                                         p->logs.get()});
  parts->idempotency = std::make_unique<Idempotency>(*p->database, clock);
  parts->dispatch = std::make_unique<Dispatch>(all_operations(*p->api), all_components(), *p->accounts,
                                               *p->idempotency, p->public_url);
  parts->openapi = openapi_document(p->dispatch->operations(), p->dispatch->components(), version());
  return std::unique_ptr<Instance>(new Instance(std::move(parts)));
}

Result<void> Instance::start() {
  Parts& p = *parts_;
  auto config = p.config.current();
  TRY(add_first_channel(*p.desk, *p.accounts, language_from(config->mail_language)));
  auto routes = p.dispatch->routes();
  for (auto family :
       {page_routes(*p.api, p.public_url), oidc_routes(*p.api, *p.oidc, *p.sign_in_flows, p.public_url),
        service_routes(*p.api, *p.dispatch, p.metrics), bulk_routes(p.logs.get(), *p.dispatch, p.clock),
        console_routes(console_files())}) {
    std::ranges::move(family, std::back_inserter(routes));
  }
  TRY_ASSIGN(p.http, net::make_http_server(http_options(*config, p.port), std::move(routes), finish_response,
                                           p.clock, p.metrics));
  p.feed = std::make_unique<LiveFeed>(p.http->events(), *p.desk, *p.incidents, *p.sites,
                                      p.agents ? &p.agents->hosts() : nullptr, p.metrics);
  p.desk->on_change([&p](const std::string& id) { p.feed->touch_alert(id); });
  p.incidents->on_change([&p](const std::string& id) { p.feed->touch_incident(id); });
  p.sites->on_change([&p](const std::string& id) { p.feed->touch_site(id); });
  if (p.agents)
    p.agents->hosts().news().on_change([&p](HostNews::What what, const std::string& id) {
      if (what == HostNews::What::kHost) p.feed->touch_host(id);
      if (what == HostNews::What::kFileIncident) p.feed->touch_file_incident(id);
    });
  p.started = true;
  TRY_ASSIGN(auto alive_until, last_life(*p.database));
  TRY(p.heartbeats->start(alive_until));
  TRY(p.desk->start());
  // Before the first event comes in.
  if (p.advisory_watch) TRY(p.advisory_watch->start());
  TRY(p.http->start());
  TRY(p.tour->resume());
  TRY(p.sites->start());
  if (p.agents) TRY(p.agents->start());
  if (p.logs) TRY(p.logs->start());
  p.mailboxes->start();
  p.advisory_pages->start();
  p.local_token = "vdt_" + random_token();
  p.accounts->allow_local_token(p.local_token);
  return leave_local_access();
}

// For commands on this machine. The certificate names the address people use, not this one: they know the
// server by its key.
Result<void> Instance::leave_local_access() {
  Parts& p = *parts_;
  auto config = p.config.current();
  auto listen = listen_parts(*config);
  bool any_address = !listen.loopback && listen.address.find_first_not_of("0.:") == std::string::npos;
  bool tls = !config->tls_certificate.empty();
  LocalAccess access;
  access.url = fmt::format("{}://{}", tls ? "https" : "http",
                           host_and_port(any_address ? "127.0.0.1" : listen.address, p.http->port()));
  access.token = p.local_token;
  if (tls) {
    TRY_ASSIGN(access.pinned_key, net::certificate_pin(config->tls_certificate));
  }
  return write_local_access(p.folder, access);
}

void Instance::stop() {
  Parts& p = *parts_;
  if (!p.started) return;
  p.started = false;
  std::error_code ignored;
  std::filesystem::remove(p.folder.local_access(), ignored);
  // From the outside inwards: no new work, then those who make findings, then the one who takes them.
  if (p.http) p.http->stop(kStopGrace);
  if (p.agents) p.agents->stop();
  p.mailboxes->stop();
  p.advisory_pages->stop();
  if (p.advisory_watch) p.advisory_watch->stop();
  if (p.logs) p.logs->stop();
  p.sites->stop();
  p.tour->stop();
  p.desk->stop();
  p.desk->on_change({});
  p.incidents->on_change({});
  p.sites->on_change({});
  if (p.agents) p.agents->hosts().news().on_change({});
  p.feed.reset();
  p.http.reset();
}

Result<void> Instance::apply_reloaded() {
  Parts& p = *parts_;
  auto config = p.config.current();
  p.sites->reload(site_options(*config, p.folder.snapshots()));
  if (p.http && !config->tls_certificate.empty())
    TRY(p.http->reload_tls({config->tls_certificate, config->tls_key}));
  if (p.logs) TRY(p.logs->reload(*config));
  return p.http ? leave_local_access() : Result<void>();
}

bool Instance::tick() {
  Parts& p = *parts_;
  auto now = p.clock.steady();
  if (now >= p.next_store_check) {
    p.next_store_check = now + kStoreCheck;
    auto written = note_life(*p.database, p.clock.wall());
    if (!written)
      log::error("server", "the store takes no writes", {{"error.message", written.error().full()}});
    p.store_ok = written.has_value();
  }
  if (now >= p.next_clock_check) {
    p.next_clock_check = now + kClockCheck;
    if (auto checked = p.incidents->check_clocks(); !checked)
      log::error("desk", "the legal clocks could not be checked",
                 {{"error.message", checked.error().full()}});
    if (auto checked = p.directives->check_due(); !checked)
      log::error("desk", "the due times of directives could not be checked",
                 {{"error.message", checked.error().full()}});
  }
  if (now >= p.next_duty_check) {
    p.next_duty_check = now + kDutyCheck;
    const std::chrono::minutes after(p.config.current()->handover_minutes);
    if (auto checked = p.handovers->check_unsigned(after); !checked)
      log::warn("desk", "the handovers could not be checked", {{"error.message", checked.error().full()}});
    desk::SituationReports reports(*p.database, *p.desk, p.clock, [&p] { return p.handovers->preview(""); });
    if (auto made = reports.check(); !made)
      log::warn("desk", "the situation reports could not be made", {{"error.message", made.error().full()}});
    if (auto checked = p.periods->check_readiness(); !checked)
      log::warn("desk", "the readiness of watch periods could not be checked",
                {{"error.message", checked.error().full()}});
    if (auto checked = p.periods->check_coverage(); !checked)
      log::warn("desk", "the watch periods could not be checked",
                {{"error.message", checked.error().full()}});
  }
  if (now >= p.next_housekeeping) {
    p.next_housekeeping = now + kHousekeeping;
    if (auto dropped = p.accounts->drop_expired(); !dropped)
      log::warn("server", "expired sessions could not be removed",
                {{"error.message", dropped.error().full()}});
    if (auto checked = p.rosters->check_coverage(); !checked)
      log::warn("desk", "the coverage could not be checked", {{"error.message", checked.error().full()}});
    if (auto days = p.config.current()->closed_alert_days; days > 0) {
      auto gone = p.desk->forget_closed(p.clock.wall() - std::chrono::hours(24 * days));
      if (!gone)
        log::warn("server", "old alerts could not be removed", {{"error.message", gone.error().full()}});
      else if (*gone > 0)
        log::info("server", "alerts closed long ago were removed", {{"vedette.alerts", *gone}});
    }
  }
  if (now >= p.next_heartbeat_check) {
    p.next_heartbeat_check = now + kHeartbeatCheck;
    if (auto checked = p.heartbeats->check(); !checked)
      log::warn("desk", "the heartbeats could not be checked", {{"error.message", checked.error().full()}});
  }
  if (p.agents) p.agents->tick();
  if (p.logs) p.logs->tick();
  if (p.advisory_watch) p.advisory_watch->tick();
  return p.store_ok;
}

std::string Instance::url() const { return parts_->public_url; }
std::uint16_t Instance::port() const { return parts_->http ? parts_->http->port() : parts_->port; }

Result<std::string> Instance::setup_link() {
  TRY_ASSIGN(bool needed, parts_->accounts->setup_needed());
  if (!needed) return std::string();
  TRY_ASSIGN(auto token, parts_->accounts->make_setup_token());
  return fmt::format("{}/setup?token={}", parts_->public_url, token);
}

Accounts& Instance::accounts() { return *parts_->accounts; }
const Dispatch& Instance::api() const { return *parts_->dispatch; }

}  // namespace vedette::server
