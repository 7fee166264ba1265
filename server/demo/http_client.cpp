// SPDX-License-Identifier: Apache-2.0
#include "server/demo/http_client.h"

namespace yinxin::server {

HttpAnswer DemoHttpClient::send(const HttpRequest& request) {
    {
        const std::lock_guard lock(mutex_);
        if (process_ == nullptr) {
            process_ = std::make_unique<DemoPkiProcess>(config_, DemoPkiProcess::Beside::Use);
            process_->wait_ready(request.deadline);
        }
    }
    return client_.send(request);
}

}  // namespace yinxin::server
