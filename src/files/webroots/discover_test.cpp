#include "files/webroots/discover.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace vedette::files {
namespace {
namespace fs = std::filesystem;

class DiscoverTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "vedette-discover-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    system_ = name;
  }
  void TearDown() override { fs::remove_all(system_); }
  void write(const std::string& path, std::string_view text) const {
    fs::create_directories((system_ / path).parent_path());
    std::ofstream(system_ / path) << text;
  }
  void folder(const std::string& path) const { fs::create_directories(system_ / path); }
  fs::path system_;
};

TEST_F(DiscoverTest, ReadsNginxWithItsIncludes) {
  folder("srv/a");
  folder("srv/b");
  write("etc/nginx/nginx.conf", "http {\n  include /etc/nginx/sites-enabled/*;\n}\n");
  write("etc/nginx/sites-enabled/a", "server { server_name A.example.vn www.a.example.vn; root /srv/a; }\n");
  write("etc/nginx/sites-enabled/b",
        "server { # root /srv/none;\n server_name b.example.vn;\n location / { root \"/srv/b\"; } }\n");
  auto roots = discover_web_roots(system_);
  ASSERT_EQ(roots.size(), 2U);
  EXPECT_EQ(roots[0].path, "/srv/a");
  EXPECT_EQ(roots[0].hosts, (std::vector<std::string>{"a.example.vn", "www.a.example.vn"}));
  EXPECT_EQ(roots[0].source, "nginx");
  EXPECT_EQ(roots[1].path, "/srv/b");
}

TEST_F(DiscoverTest, ReadsApache) {
  folder("var/www/site");
  write("etc/apache2/apache2.conf", "IncludeOptional sites-enabled/*.conf\n");
  write("etc/apache2/sites-enabled/site.conf",
        "<VirtualHost *:80>\n  ServerName site.example.vn\n  DocumentRoot /var/www/site\n</VirtualHost>\n");
  auto roots = discover_web_roots(system_);
  ASSERT_EQ(roots.size(), 1U);
  EXPECT_EQ(roots[0].path, "/var/www/site");
  EXPECT_EQ(roots[0].hosts, std::vector<std::string>{"site.example.vn"});
  EXPECT_EQ(roots[0].source, "apache2");
}

TEST_F(DiscoverTest, NeverTakesTheSystemItself) {
  folder("usr");
  folder("etc");
  write("etc/nginx/nginx.conf", "http { server { root /; } server { root /etc; } server { root /usr; } }\n");
  for (const auto& root : discover_web_roots(system_)) ADD_FAILURE() << root.path;
}

TEST_F(DiscoverTest, AnIncludeOfItselfEnds) {
  folder("srv/a");
  write("etc/nginx/nginx.conf", "include /etc/nginx/*.conf;\nhttp { server { root /srv/a; } }\n");
  EXPECT_EQ(discover_web_roots(system_).size(), 1U);
}

TEST_F(DiscoverTest, NothingThereIsNoRoot) { EXPECT_TRUE(discover_web_roots(system_).empty()); }

}  // namespace
}  // namespace vedette::files
