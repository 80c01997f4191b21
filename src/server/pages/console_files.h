// The console's built files and the headers that every answer carries.
#pragma once

#include <span>
#include <vector>

#include "base/embedded.h"
#include "net/http_server.h"

namespace vedette::server {

std::span<const EmbeddedFile>
console_files();  // console/dist, built in; empty when the console was not built

// GET of everything that has no route of its own: the file, or index.html for the console's own paths.
// Variants that the build compressed (x.br, x.gz) go to clients that take them.
std::vector<net::Route> console_routes(std::span<const EmbeddedFile> files);

// CSP and the other headers, on every response that does not bring its own.
void set_security_headers(const net::Request& request, net::Response& response);

}  // namespace vedette::server
