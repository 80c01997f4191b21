// Tour: a small sample site that is really served on a loopback port of its own and really watched, so that a
// newcomer sees a first alert without a network. deface() swaps what it serves; the watch finds out by
// itself.
//
// Its state is the watched site with `tour` set, in the store: resume() serves it again after a restart.
// Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "desk/desk.h"
#include "net/http_server.h"
#include "server/config/config.h"
#include "sites/watch/site_watch.h"

namespace vedette::server {

class Tour {
 public:
  using CurrentConfig = std::function<std::shared_ptr<const Config>()>;
  Tour(sites::SiteWatch& sites, desk::Desk& desk, CurrentConfig config, const Clock& clock, Metrics& metrics);
  ~Tour();

  struct Status {
    bool running = false, defaced = false;
    std::string site_id, site_url, alert_id;
  };
  Result<Status> status();
  // kForbidden when the configuration has switched the tour off. Starting what runs does nothing.
  Result<void> start();
  Result<void> deface(bool defaced);  // kConflict when the tour does not run
  Result<void> remove();              // the site, its snapshots and the server
  // At server start: serves a tour site of an earlier run on its port again, or removes it when the port is
  // taken.
  Result<void> resume();
  void stop();

 private:
  Result<void> serve(std::uint16_t port);
  Result<std::optional<sites::Site>> find_site();
  net::Response page() const;

  sites::SiteWatch& sites_;
  desk::Desk& desk_;
  const CurrentConfig config_;
  const Clock& clock_;
  Metrics& metrics_;
  std::mutex mutex_;  // guards server_ and site_id_
  std::unique_ptr<net::HttpServer> server_;
  std::string site_id_;
  std::atomic<bool> defaced_ = false;
  mutable std::atomic<std::uint64_t> visits_ = 0;
};

}  // namespace vedette::server
