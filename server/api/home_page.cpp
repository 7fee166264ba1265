// SPDX-License-Identifier: Apache-2.0
#include "server/api/home_page.h"

#include "server/api/page.h"
#include "server/domain/verification_code.h"

namespace yinxin::server {

std::string typing_error(const std::string& typed) {
    try {
        read_verification_code(typed);
        return "";
    } catch (const Error&) {
        std::string symbols;
        for (const char c : typed)
            if (c != ' ' && c != '-')
                symbols += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
        if (symbols.empty())
            return "error_code_empty";
        if (symbols.find_first_not_of(code_alphabet) != std::string::npos)
            return "error_code_alphabet";
        return symbols.size() == code_symbols ? "error_code_check" : "error_code_length";
    }
}

Response home_page(const ApiContext& context,
                   const Web& web,
                   const Request& request,
                   const std::string& error,
                   const std::string& typed) {
    Page page(context, web, request);
    page.title(page.text("home_title"));
    page.set("path", "/");
    page.set("typed_code", typed.substr(0, 40));
    if (error.empty())
        return page.render("home");
    page.error(error);
    const bool of_file = error == "error_file_missing";
    page.set("error_field", of_file ? "file" : "code");
    page.set(of_file ? "file_error" : "code_error", true);
    Response response = page.render("home");
    response.status = 400;
    response.note = "typing_error";
    return response;
}

}  // namespace yinxin::server
