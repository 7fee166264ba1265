// SPDX-License-Identifier: Apache-2.0
#include "server/api/use_cases.h"

namespace yinxin::server {

UseCases use_cases(Service& service) {
    UseCases use;
    use.issue = std::bind_front(&Service::issue, &service);
    use.replace = std::bind_front(&Service::replace, &service);
    use.revoke = std::bind_front(&Service::revoke, &service);
    use.seal = std::bind_front(&Service::seal, &service);
    use.document = std::bind_front(&Service::document, &service);
    use.pdf = std::bind_front(&Service::pdf, &service);
    use.extend = std::bind_front(&Service::extend, &service);
    use.verify_code = std::bind_front(&Service::verify_code, &service);
    use.verify_code_as_text = std::bind_front(&Service::verify_code_as_text, &service);
    use.verify_fact = std::bind_front(&Service::verify_fact, &service);
    use.askable = std::bind_front(&Service::askable, &service);
    use.verify_file = std::bind_front(&Service::verify_file, &service);
    use.report = std::bind_front(&Service::report, &service);
    use.jwks = std::bind_front(&Service::jwks, &service);
    use.seal_certificates_pem = std::bind_front(&Service::seal_certificates_pem, &service);
    use.readiness = std::bind_front(&Service::readiness, &service);
    return use;
}

KeyUseCases key_use_cases(ApiKeys& keys) {
    return {.add = std::bind_front(&ApiKeys::add, &keys),
            .list = std::bind_front(&ApiKeys::list, &keys),
            .revoke = std::bind_front(&ApiKeys::revoke, &keys)};
}

}  // namespace yinxin::server
