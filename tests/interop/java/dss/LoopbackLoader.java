// SPDX-License-Identifier: Apache-2.0
import eu.europa.esig.dss.service.http.commons.CommonsDataLoader;
import eu.europa.esig.dss.spi.exception.DSSExternalResourceException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/** Fetches from this machine only, whatever address a certificate names, and remembers what was asked for. */
final class LoopbackLoader extends CommonsDataLoader {
    private static final long serialVersionUID = 1;

    private final transient List<String> asked = new ArrayList<>();

    LoopbackLoader() {
        setRedirectsEnabled(false);
        setUseSystemProperties(false);
        setTimeoutConnection(5000);
        setTimeoutResponse(20000);
        setTimeoutSocket(20000);
    }

    List<String> asked() {
        return asked;
    }

    @Override
    public byte[] get(String url) {
        check(url);
        return super.get(url);
    }

    @Override
    public byte[] post(String url, byte[] content) {
        check(url);
        return super.post(url, content);
    }

    private void check(String url) {
        asked.add(url);
        String host = URI.create(url).getHost();
        try {
            // Only names that need no asking: what is neither an address nor localhost is not resolved.
            boolean plain = host != null && (host.equals("localhost") || host.matches("[0-9.]+|\\[[0-9a-fA-F:]+\\]"));
            if (plain && InetAddress.getByName(host).isLoopbackAddress()) {
                return;
            }
        } catch (UnknownHostException error) {
            // refused below
        }
        throw new DSSExternalResourceException("not on this machine: " + url);
    }
}
