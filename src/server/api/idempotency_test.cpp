#include "server/api/idempotency.h"

#include <gtest/gtest.h>

#include "desk/desk.h"
#include "server/accounts/accounts.h"
#include "store/temporary_folder.h"

namespace vedette::server {
namespace {

struct IdempotencyTest : testing::Test {
  IdempotencyTest() { open(); }
  void open() {
    std::vector<store::Migration> migrations;
    for (auto family : {account_migrations(), desk::desk_migrations()})
      migrations.insert(migrations.end(), family.begin(), family.end());
    database = *store::open_sqlite({.path = folder.path() / "v.db"}, migrations, clock, metrics);
    idempotency = std::make_unique<Idempotency>(*database, clock);
  }
  // As after kill -9: the process is gone, what it had committed is there.
  void die() {
    idempotency.reset();
    database.reset();
    open();
  }
  net::Response ask(const std::function<net::Response()>& work, const std::string& key = "key") {
    net::Request request;
    request.method = net::Method::kPost;
    request.path = "/api/v1/sites";
    request.body = "{}";
    request.headers.set("Idempotency-Key", key);
    return idempotency->once(request, "lan", false, Language::kEnglish, work);
  }

  store::TemporaryFolder folder;
  ManualClock clock;
  Metrics metrics;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<Idempotency> idempotency;
};

TEST_F(IdempotencyTest, WhatAServerDiedInTheMiddleOfDoesNotRunAgainUnderItsKey) {
  int ran = 0;
  struct Died {};
  auto work = [&]() -> net::Response {
    ++ran;
    throw Died();
  };
  EXPECT_THROW(ask(work), Died);
  EXPECT_EQ(ask(work).status, 409) << "still running";
  die();
  auto again = ask(work);
  EXPECT_EQ(again.status, 409);
  EXPECT_NE(again.body.find("new key"), std::string::npos);
  EXPECT_EQ(ran, 1);
  EXPECT_THROW(ask(work, "another key"), Died);
  EXPECT_EQ(ran, 2);
  clock.advance(std::chrono::hours(25));
  EXPECT_THROW(ask(work), Died) << "a day later the key is free";
}

TEST_F(IdempotencyTest, TheFirstAnswerSurvivesARestart) {
  int ran = 0;
  auto work = [&] {
    ++ran;
    return net::Response::json(201, "{\"id\":7}");
  };
  EXPECT_EQ(ask(work).status, 201);
  die();
  auto again = ask(work);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, "{\"id\":7}");
  EXPECT_EQ(ran, 1);
}

TEST_F(IdempotencyTest, AServerErrorMayBeTriedAgain) {
  EXPECT_EQ(ask([] { return net::Response::text(503, "later"); }).status, 503);
  EXPECT_EQ(ask([] { return net::Response::text(201, "done"); }).status, 201);
}

}  // namespace
}  // namespace vedette::server
