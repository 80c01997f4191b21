// The desk's database and its way out, with a boundary before, inside and after each commit and around each
// sending, at which the process may kill itself.
#pragma once

#include "desk/transport.h"
#include "fault_world.h"
#include "store/database.h"

namespace vedette::crash {

class FaultDatabase final : public store::Database {
 public:
  FaultDatabase(store::Database& real, FaultWorld& world) : real_(real), world_(world) {}

  Result<void> write(Write work) override { return write_async(std::move(work)).get(); }
  std::future<Result<void>> write_async(Write work) override {
    world_.pass(FaultWorld::kBeforeWrite);
    auto done = real_.write_async([this, work = std::move(work)](store::Session& session) -> Result<void> {
      auto result = work(session);
      world_.pass(FaultWorld::kInsideWrite);
      return result;
    });
    // Passed by whoever waits for it.
    return std::async(std::launch::deferred, [this, done = std::move(done)]() mutable {
      auto result = done.get();
      world_.pass(FaultWorld::kAfterWrite);
      return result;
    });
  }
  Result<void> read(const Read& work) override { return real_.read(work); }
  Result<void> backup(const std::filesystem::path& to) override { return real_.backup(to); }
  const std::filesystem::path& path() const override { return real_.path(); }
  Status status() const override { return real_.status(); }

 private:
  store::Database& real_;
  FaultWorld& world_;
};

// Says in each call which life it belongs to.
class FaultTransport final : public desk::Transport {
 public:
  explicit FaultTransport(FaultWorld& world) : world_(world) {}

  Result<net::SmtpAcceptance> send_mail(const net::SmtpServer& server, const net::Mail& mail) override {
    return real_->send_mail(server, mail);
  }
  Result<net::HttpClientResponse> http_call(const net::HttpClientRequest& request) override {
    auto told = request;
    told.headers.emplace_back("X-Life", std::to_string(world_.life.load()));
    world_.pass(FaultWorld::kBeforeSend);
    auto answer = real_->http_call(told);
    world_.pass(FaultWorld::kAfterSend);
    return answer;
  }

 private:
  FaultWorld& world_;
  std::unique_ptr<desk::Transport> real_ = desk::make_net_transport();
};

}  // namespace vedette::crash
