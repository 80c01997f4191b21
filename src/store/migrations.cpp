#include "store/migrations.h"

#include "base/assert.h"
#include "base/hash.h"

namespace vedette::store {
namespace {

struct Applied {
  std::string name, checksum;
};
using AppliedSteps = std::map<std::string, std::map<int, Applied>, std::less<>>;

Result<void> claim_file(SqliteConnection& connection) {
  TRY_ASSIGN(auto id, connection.query("PRAGMA application_id"));
  if (id[0].integer(0) == kApplicationId) return {};
  TRY_ASSIGN(auto tables, connection.query("SELECT COUNT(*) FROM sqlite_master"));
  if (id[0].integer(0) != 0 || tables[0].integer(0) != 0) {
    return fail(ErrorCode::kInvalid,
                "this is a database of another program; name a file of its own for Vedette");
  }
  return connection.script(fmt::format(
      "BEGIN IMMEDIATE; PRAGMA application_id={};"
      "CREATE TABLE schema_migrations(component TEXT NOT NULL, version INTEGER NOT NULL, name TEXT NOT NULL,"
      " checksum TEXT NOT NULL, applied_at INTEGER NOT NULL, PRIMARY KEY(component, version)); COMMIT;",
      kApplicationId));
}

Result<AppliedSteps> read_applied(SqliteConnection& connection) {
  AppliedSteps applied;
  TRY(connection.stream("SELECT component, version, name, checksum FROM schema_migrations", {},
                        [&](const Row& row) {
                          applied[row.text(0)][static_cast<int>(row.integer(1))] = {row.text(2), row.text(3)};
                          return true;
                        }));
  return applied;
}

// Versions must count 1, 2, 3… in the order given: a hole or a swap is our own mistake.
std::map<std::string, int, std::less<>> latest_versions(std::span<const Migration> migrations) {
  std::map<std::string, int, std::less<>> latest;
  for (const auto& step : migrations) {
    int& last = latest[std::string(step.component)];
    VEDETTE_ASSERT(step.version == last + 1);
    last = step.version;
  }
  return latest;
}

Result<void> refuse_newer(const AppliedSteps& applied, std::span<const Migration> migrations) {
  auto latest = latest_versions(migrations);
  for (const auto& [component, steps] : applied) {
    auto known = latest.find(component);
    int newest = steps.rbegin()->first;
    if (known == latest.end() || newest > known->second) {
      return fail(
          ErrorCode::kUnsupported,
          fmt::format("the database is newer than this program ({} is at version {}, this program knows {}); "
                      "run the newer vedette, or restore a backup made before the upgrade",
                      component, newest, known == latest.end() ? 0 : known->second));
    }
  }
  return {};
}

Result<void> apply(SqliteConnection& connection, const Migration& step, const std::string& checksum,
                   const Clock& clock) {
  TRY(connection.script("BEGIN IMMEDIATE"));
  auto run = [&]() -> Result<void> {
    TRY(connection.script(std::string(step.sql)));
    TRY(connection.execute("INSERT INTO schema_migrations VALUES (?,?,?,?,?)",
                           {std::string(step.component), std::int64_t{step.version}, std::string(step.name),
                            checksum, to_unix_ms(clock.wall())}));
    return connection.script("COMMIT");
  };
  auto done = run();
  if (!done && connection.in_transaction()) (void)connection.script("ROLLBACK");
  if (!done)
    return fail(std::move(done).error(),
                fmt::format("migration {} {} ({})", step.component, step.version, step.name));
  return {};
}

}  // namespace

Result<void> migrate(SqliteConnection& connection, std::span<const Migration> migrations,
                     const Clock& clock) {
  TRY(claim_file(connection));
  if (migrations.empty()) return {};
  TRY_ASSIGN(auto applied, read_applied(connection));
  TRY(refuse_newer(applied, migrations));
  for (const auto& step : migrations) {
    std::string checksum = sha256_hex(step.sql);
    const auto& steps = applied[std::string(step.component)];
    auto found = steps.find(step.version);
    if (found == steps.end()) {
      TRY(apply(connection, step, checksum, clock));
    } else if (found->second.checksum != checksum) {
      return fail(
          ErrorCode::kUnsupported,
          fmt::format(
              "migration {} {} ({}) was applied in another form; this database was not made by a released "
              "vedette of this line: use the program that made it, or restore a backup",
              step.component, step.version, step.name));
    }
  }
  return {};
}

}  // namespace vedette::store
