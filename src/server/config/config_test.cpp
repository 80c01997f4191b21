#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "server/config/config_docs.h"
#include "server/config/config_keys.h"
#include "server/config/config_reader.h"
#include "server/config/live_config.h"
#include "store/temporary_folder.h"

namespace vedette::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

SecretSource secrets() {
  return {[](const std::string& name) {
            return name == "PROXY" ? std::optional<std::string>("http://u:p@proxy:1") : std::nullopt;
          },
          [](const std::string& path) -> Result<std::string> {
            if (path == "/run/token") return std::string("scrape-me");
            return fail(ErrorCode::kNotFound, "the secret file " + path + " cannot be read");
          }};
}
std::string problems_of(std::string_view toml) {
  auto read = read_config(toml, "v.toml", secrets());
  return read ? "" : text(read.error());
}
std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

TEST(Config, AnEmptyFileIsTheDefaults) {
  auto read = read_config("", "v.toml", secrets());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*read, default_config());
  EXPECT_EQ(read->listen, "127.0.0.1:8480");
  EXPECT_EQ(read->interval_seconds, 60);
}

TEST(Config, EveryKeyCanBeSetAndIsNamedOnce) {
  std::set<std::string> names;
  for (const auto& key : config_keys()) {
    EXPECT_TRUE(names.insert(key.full_name()).second) << key.full_name();
    auto toml = "[" + std::string(key.section) + "]\n" + std::string(key.name) + " = " +
                std::string(key.default_value) + "\n";
    EXPECT_EQ(problems_of(toml), "") << key.full_name();
    EXPECT_FALSE(key.description.empty());
    if (std::holds_alternative<std::int64_t Config::*>(key.member)) {
      auto over = "[" + std::string(key.section) + "]\n" + std::string(key.name) + " = " +
                  std::to_string(key.most + 1);
      EXPECT_THAT(problems_of(over), HasSubstr("v.toml:2: " + key.full_name())) << over;
    }
  }
}

TEST(Config, AllMistakesAreNamedAtOnceInTheOrderOfTheFile) {
  EXPECT_EQ(problems_of("[sites]\nintervall_seconds = 30\nocr = 1\n[serverr]\n[log]\nlevel = \"loud\"\n"),
            "v.toml:2: sites.intervall_seconds: no such key; did you mean sites.interval_seconds?\n"
            "v.toml:3: sites.ocr: is a whole number, but must be true or false\n"
            "v.toml:4: serverr: no such section; did you mean [server]?\n"
            "v.toml:6: log.level: \"loud\" is no level; write \"debug\", \"info\", \"warn\" or \"error\"\n");
  EXPECT_THAT(problems_of("[sites\n"), HasSubstr("v.toml:1: is not TOML"));
  EXPECT_THAT(problems_of(std::string_view("\n[\0\0x", 5)), HasSubstr("v.toml:2: holds a control character"));
  EXPECT_THAT(problems_of("\n [[[x"), HasSubstr("v.toml:2: is no section"));
  EXPECT_THAT(problems_of("Ņ = 1\n"), HasSubstr("v.toml:1: has a letter beyond ASCII"));
  auto vietnamese =
      read_config("[server]\r\ndata_dir = \"/srv/dữ \\\"liệu\"  # ở đây\r\n", "v.toml", secrets());
  ASSERT_TRUE(vietnamese.has_value());
  EXPECT_EQ(vietnamese->data_dir, "/srv/dữ \"liệu");
  EXPECT_EQ(problems_of("# Cấu hình\n[sites]\nuser_agent = \"Vọng gác\"  # tiếng Việt\n"), "");
}

TEST(Config, AnOpenAddressNeedsTlsOrATrustedProxy) {
  EXPECT_THAT(problems_of("[server]\nlisten = \"0.0.0.0:80\"\n"), HasSubstr("server.listen"));
  EXPECT_EQ(problems_of("[server]\nlisten = \"0.0.0.0:80\"\ntrusted_proxies = [\"10.0.0.5\"]\n"), "");
  EXPECT_EQ(problems_of("[server]\nlisten = \"[::1]:80\"\n"), "");
  EXPECT_EQ(problems_of("[server]\nlisten = \"0.0.0.0:443\"\ntls_certificate = \"a\"\ntls_key = \"b\"\n"),
            "");
  EXPECT_THAT(problems_of("[server]\ntls_certificate = \"a\"\n"), HasSubstr("server.tls_key"));
}

TEST(Config, SecretsComeFromFilesAndEnvironmentAndAreNeverRepeated) {
  auto read = read_config("[sites]\nproxy = \"env:PROXY\"\n[metrics]\ntoken = \"file:/run/token\"\n",
                          "v.toml", secrets());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->proxy.reveal(), "http://u:p@proxy:1");
  EXPECT_EQ(read->metrics_token.reveal(), "scrape-me");
  auto plain = problems_of("[metrics]\ntoken = \"hunter2\"\n");
  EXPECT_THAT(plain, HasSubstr("is a secret and may not stand in this file"));
  EXPECT_THAT(plain, Not(HasSubstr("hunter2")));
  EXPECT_THAT(problems_of("[metrics]\ntoken = \"env:NOT_SET\"\n"), HasSubstr("NOT_SET is not set"));
}

TEST(Config, ReloadTakesWhatItCanAndNamesTheRest) {
  store::TemporaryFolder folder;
  auto path = folder.path() / "v.toml";
  std::ofstream(path) << "[sites]\ninterval_seconds = 30\n[store]\nreaders = 4\n";
  LiveConfig live(*load_config(path), path, [](Config& config) { config.data_dir = "/here"; });
  auto before = live.current();
  std::ofstream(path) << "[sites]\ninterval_seconds = 45\n[store]\nreaders = 8\n";
  auto report = live.reload();
  ASSERT_TRUE(report.has_value());
  EXPECT_THAT(report->changed, ElementsAre("sites.interval_seconds"));
  EXPECT_THAT(report->need_restart, testing::IsSupersetOf({"store.readers"}));
  EXPECT_EQ(live.current()->interval_seconds, 45);
  EXPECT_EQ(live.current()->store_readers, 4);
  EXPECT_EQ(before->interval_seconds, 30);  // a snapshot in use stays as it was
  std::ofstream(path) << "[sites]\ninterval_seconds = 1\n";
  EXPECT_FALSE(live.reload().has_value());
  EXPECT_EQ(live.current()->interval_seconds, 45);
}

TEST(Config, TheDocumentationAndTheDefaultFileAreUpToDate) {
  std::filesystem::path root = VEDETTE_SOURCE_DIR;
  EXPECT_EQ(bytes_of(root / "docs/configuration.md"), configuration_markdown()) << "run packaging/generate";
  EXPECT_EQ(bytes_of(root / "packaging/vedette.toml"), default_config_file()) << "run packaging/generate";
  EXPECT_EQ(problems_of(default_config_file()), "");
}

}  // namespace
}  // namespace vedette::server
