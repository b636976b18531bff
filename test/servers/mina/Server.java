import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.apache.sshd.common.config.keys.AuthorizedKeyEntry;
import org.apache.sshd.common.config.keys.PublicKeyEntryResolver;
import org.apache.sshd.common.file.virtualfs.VirtualFileSystemFactory;
import org.apache.sshd.common.keyprovider.FileKeyPairProvider;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.password.UserAuthPasswordFactory;
import org.apache.sshd.server.auth.pubkey.PublickeyAuthenticator;
import org.apache.sshd.server.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.sftp.server.SftpSubsystemFactory;

/**
 * Apache MINA SSHD as an SFTP server over one folder, with everything else as it comes. Arguments: the folder, the host
 * key's file, the file with authorized keys, a user and a password. Prints its port, and serves until it is ended.
 */
public final class Server {
    public static void main(String[] arguments) throws Exception {
        SshServer server = SshServer.setUpDefaultServer();
        server.setHost("127.0.0.1");
        server.setPort(0);
        server.setKeyPairProvider(new FileKeyPairProvider(Path.of(arguments[1])));
        server.setFileSystemFactory(new VirtualFileSystemFactory(Path.of(arguments[0])));
        server.setUserAuthFactories(List.of(UserAuthPublicKeyFactory.INSTANCE, UserAuthPasswordFactory.INSTANCE));
        // Read before anybody connects: AuthorizedKeysAuthenticator reads them at the first log-in, and refuses those that come meanwhile.
        List<AuthorizedKeyEntry> keys = AuthorizedKeyEntry.readAuthorizedKeys(Path.of(arguments[2]));
        server.setPublickeyAuthenticator(
            PublickeyAuthenticator.fromAuthorizedEntries("keys", null, keys, PublicKeyEntryResolver.FAILING));
        server.setPasswordAuthenticator(
            (user, password, session) -> user.equals(arguments[3]) && password.equals(arguments[4]));
        server.setSubsystemFactories(List.of(new SftpSubsystemFactory()));
        server.start();
        System.out.write((server.getPort() + "\n").getBytes(StandardCharsets.US_ASCII));
        System.out.flush();
        Thread.currentThread().join();
    }
}
