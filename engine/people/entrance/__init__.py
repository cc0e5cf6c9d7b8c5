"""How people come in: sessions of their browsers, links that work once, invitations."""
